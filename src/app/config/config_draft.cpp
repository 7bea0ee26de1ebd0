#include "app/config/config_draft.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace rollcall::app {
namespace {

// "roster[0].ttl" is "roster.ttl" to people: the line says which one.
std::string without_index(std::string_view path) {
  const std::size_t open = path.find('[');
  const std::size_t close = path.find(']');
  if (open == std::string_view::npos || close == std::string_view::npos) return std::string(path);
  return std::string(path.substr(0, open)) + std::string(path.substr(close + 1));
}

}  // namespace

std::string Place::text() const {
  return line == 0 ? source : fmt::format("{}:{}:{}", source, line, column);
}

void ConfigDraft::note(std::string path, Place place) {
  places_.insert_or_assign(std::move(path), std::move(place));
}

void ConfigDraft::complain_at(Place place, std::string_view path, std::string message) {
  const auto order = [](const Problem& problem) {
    return std::tuple(problem.place.line == 0, problem.place.line, problem.place.column);
  };
  Problem problem{std::move(place), std::string(path), std::move(message)};
  const auto after = std::ranges::upper_bound(problems_, order(problem), {}, order);
  problems_.insert(after, std::move(problem));
  if (problems_.size() > kMaxProblems) {
    problems_.pop_back();
    ++unlisted_problems_;
  }
}

void ConfigDraft::complain(std::string_view path, std::string message, std::string_view other) {
  if (std::ranges::find(problems_, path, &Problem::path) != problems_.end()) return;
  const std::string_view table = path.substr(0, path.find(']') + 1);
  for (const std::string_view candidate : {path, other, table}) {
    if (const Place* const place = find_place(candidate)) {
      return complain_at(*place, path, std::move(message));
    }
  }
  complain_at({}, path, std::move(message));
}

const Place* ConfigDraft::find_place(std::string_view path) const {
  const auto found = places_.find(path);
  return found == places_.end() ? nullptr : &found->second;
}

base::Result<Config> ConfigDraft::finish() && {
  if (problems_.empty()) return std::move(config);
  std::string list;
  for (const Problem& problem : problems_) {
    if (!list.empty()) list += '\n';
    for (const std::string& part : {problem.place.text(), without_index(problem.path)}) {
      if (!part.empty()) list += part + ": ";
    }
    list += problem.message;
  }
  if (unlisted_problems_ > 0) list += fmt::format("\nand {} more", unlisted_problems_);
  return base::Error{base::Errc::invalid_argument, "invalid_config", std::move(list)};
}

}  // namespace rollcall::app

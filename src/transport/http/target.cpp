#include "transport/http/target.hpp"

#include <algorithm>

#include <boost/url/pct_string_view.hpp>

namespace rollcall::http {
namespace {

base::Error bad_path(std::string_view message) {
  return {base::Errc::invalid_argument, "bad_path", std::string(message)};
}

base::Result<std::string> decode(std::string_view text) {
  const auto checked = boost::urls::make_pct_string_view({text.data(), text.size()});
  if (!checked) return bad_path("a percent escape is broken");
  return checked->decode();
}

}  // namespace

base::Result<Target> split_target(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const std::size_t path = target.find_first_of("/?", scheme.size());
    target = path == std::string_view::npos ? "/" : target.substr(path);
  }
  if (!target.starts_with('/')) return bad_path("the request target must begin with a slash");
  if (target.find('#') != std::string_view::npos) return bad_path("a fragment is not sent");
  const std::size_t question = target.find('?');
  if (question == std::string_view::npos) return Target{target, {}};
  return Target{target.substr(0, question), target.substr(question + 1)};
}

base::Result<std::vector<std::string>> path_segments(std::string_view path) {
  std::vector<std::string> segments;
  segments.reserve(static_cast<std::size_t>(std::ranges::count(path, '/')));
  path.remove_prefix(1);
  while (true) {
    const std::size_t slash = path.find('/');
    auto segment = decode(path.substr(0, slash));
    if (!segment) return std::move(segment).error();
    const std::string& text = segment.value();
    if (text.empty()) return bad_path("a path segment is empty");
    if (text == "." || text == "..") return bad_path("dot segments are refused");
    segments.push_back(std::move(segment).value());
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

base::Result<std::optional<std::string>> query_value(std::string_view query,
                                                     std::string_view name) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (pair.substr(0, equals) != name) continue;
    if (equals == std::string_view::npos) return std::optional<std::string>("");
    auto value = decode(pair.substr(equals + 1));
    if (!value) return std::move(value).error();
    return std::optional<std::string>(std::move(value).value());
  }
  return std::optional<std::string>();
}

}  // namespace rollcall::http

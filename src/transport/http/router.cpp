#include "transport/http/router.hpp"

#include <utility>

namespace rollcall::http {
namespace {

bool is_param(const std::string& segment) {
  return segment.starts_with('{');
}

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& segments) {
  if (pattern.size() != segments.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (!is_param(pattern[i]) && pattern[i] != segments[i]) return false;
  }
  return true;
}

std::vector<std::string> params_of(const std::vector<std::string>& pattern,
                                   std::vector<std::string> segments) {
  std::vector<std::string> params;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (is_param(pattern[i])) params.push_back(std::move(segments[i]));
  }
  return params;
}

// HEAD is served as GET without the body.
bool serves(Method route, Method asked) {
  return route == asked || (asked == Method::head && route == Method::get);
}

void append_allowed(std::string& allowed, Method method) {
  if (allowed.find(name_of(method)) != std::string::npos) return;
  if (!allowed.empty()) allowed += ", ";
  allowed += name_of(method);
  if (method == Method::get) allowed += ", HEAD";
}

}  // namespace

std::string_view name_of(Method method) {
  switch (method) {
    case Method::get:
      return "GET";
    case Method::head:
      return "HEAD";
    case Method::post:
      return "POST";
    case Method::put:
      return "PUT";
    case Method::del:
      return "DELETE";
    case Method::options:
      return "OPTIONS";
    case Method::other:
      return "";
  }
  return "";
}

void Router::add(Route route) {
  const bool exact = route.path.find('{') == std::string::npos;
  if (exact) exact_[route.path].push_back(routes_.size());
  auto segments =
      route.path == "/" ? std::vector<std::string>{} : path_segments(route.path).value();
  patterns_.push_back(exact ? std::vector<std::string>{} : std::move(segments));
  routes_.push_back(std::move(route));
}

base::Result<Router::Match> Router::find(Method method, std::string_view path) const {
  Match match;
  if (const auto found = exact_.find(path); found != exact_.end()) {
    for (const std::size_t i : found->second) {
      if (serves(routes_[i].method, method)) return Match{&routes_[i], {}, {}};
      append_allowed(match.allowed_methods, routes_[i].method);
    }
    return match;
  }
  if (path == "/") return match;
  auto segments = path_segments(path);
  if (!segments) return std::move(segments).error();
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    if (patterns_[i].empty() || !matches(patterns_[i], segments.value())) continue;
    if (serves(routes_[i].method, method)) {
      return Match{&routes_[i], params_of(patterns_[i], std::move(segments).value()), {}};
    }
    append_allowed(match.allowed_methods, routes_[i].method);
  }
  return match;
}

}  // namespace rollcall::http

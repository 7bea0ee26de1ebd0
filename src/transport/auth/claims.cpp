#include "transport/auth/claims.hpp"

#include "transport/auth/strict_json.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

namespace rollcall::auth {
namespace {

namespace json = boost::json;

constexpr double kLatestSeconds = 253'402'300'799;  // the end of the year 9999

std::string_view view(const json::string& text) {
  return {text.data(), text.size()};
}

// A NumericDate (RFC 7519, 2): seconds, which may have a fraction.
std::optional<base::WallTime> time_of(const json::value& value) {
  if (!value.is_number()) return std::nullopt;
  const double number = value.to_number<double>();
  if (std::isnan(number)) return std::nullopt;  // what Boost.JSON makes of 0e9999
  const double seconds = std::clamp(number, -kLatestSeconds, kLatestSeconds);
  return base::WallTime(base::Millis(static_cast<std::int64_t>(seconds * 1000)));
}

bool has_begun(const json::object& claims, json::string_view name, base::WallTime latest) {
  const json::value* value = claims.if_contains(name);
  if (value == nullptr) return true;
  const auto time = time_of(*value);
  return time && *time <= latest;
}

bool is_issued_by(const json::object& claims, const std::string& issuer) {
  if (issuer.empty()) return true;
  const json::string* claim = find_string(claims, "iss");
  return claim != nullptr && view(*claim) == issuer;
}

bool is_meant_for(const json::object& claims, const std::string& audience) {
  if (audience.empty()) return true;
  const json::value* claim = claims.if_contains("aud");
  if (claim == nullptr) return false;
  if (const json::string* one = claim->if_string()) return view(*one) == audience;
  const json::array* several = claim->if_array();
  if (several == nullptr || !std::ranges::all_of(*several, &json::value::is_string)) return false;
  return std::ranges::any_of(
      *several, [&](const json::value& v) { return view(*v.if_string()) == audience; });
}

// {"watch":["*"|"id"|"prefix*", ...]}
std::optional<WatchGrant> watch_grant(const json::object& claims) {
  const json::value* own = claims.if_contains("rollcall");
  if (own == nullptr) return WatchGrant();
  const json::object* object = own->if_object();
  if (object == nullptr) return std::nullopt;
  const json::value* watch = object->if_contains("watch");
  if (watch == nullptr) return WatchGrant();
  const json::array* list = watch->if_array();
  if (list == nullptr || !std::ranges::all_of(*list, &json::value::is_string)) return std::nullopt;
  std::vector<std::string> patterns;
  for (const json::value& pattern : *list) patterns.emplace_back(view(*pattern.if_string()));
  return WatchGrant::of(std::move(patterns));
}

}  // namespace

std::optional<Identity> read_claims(const json::object& claims, const ClaimRules& rules,
                                    base::WallTime now) {
  const json::value* exp = claims.if_contains("exp");
  const auto expires_at = exp == nullptr ? std::nullopt : time_of(*exp);
  if (!expires_at || *expires_at <= now) return std::nullopt;
  const base::WallTime latest = now + rules.leeway;
  if (!has_begun(claims, "nbf", latest) || !has_begun(claims, "iat", latest)) return std::nullopt;
  if (!is_issued_by(claims, rules.issuer) || !is_meant_for(claims, rules.audience)) {
    return std::nullopt;
  }
  const json::string* sub = find_string(claims, "sub");
  if (sub == nullptr) return std::nullopt;
  auto user = core::UserId::parse(view(*sub));
  auto watch = watch_grant(claims);
  if (!user || !watch) return std::nullopt;
  return Identity{std::move(user).value(), expires_at, *std::move(watch)};
}

}  // namespace rollcall::auth

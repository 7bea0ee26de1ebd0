#include "adapters/redis/endpoint.hpp"

#include <charconv>
#include <optional>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace rollcall::redis {
namespace {

// Redis has 16 databases unless told otherwise; more than this is a slip of the pen.
constexpr std::uint32_t kMaxDatabase = 1'000'000;

base::Error invalid(std::string_view message) {
  return {base::Errc::invalid_argument, "invalid_redis_url", "redis.url: " + std::string(message)};
}

std::optional<std::uint32_t> parse_database(std::string_view text) {
  std::uint32_t database = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), database);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  if (!whole || database > kMaxDatabase) return std::nullopt;
  return database;
}

base::Result<Endpoint> finish_unix(const boost::urls::url_view& url, Endpoint endpoint) {
  if (!url.host().empty() || url.has_port()) {
    return invalid("a Unix socket has a path and no host: unix:///run/redis.sock");
  }
  endpoint.path = url.path();
  if (endpoint.path.size() < 2) return invalid("the path of the Unix socket is missing");
  for (const auto& parameter : url.params()) {
    const auto database = parse_database(parameter.value);
    if (parameter.key != "db" || !database) {
      return invalid("after the path of a Unix socket only ?db=NUMBER may follow");
    }
    endpoint.database = *database;
  }
  return endpoint;
}

base::Result<Endpoint> finish_tcp(const boost::urls::url_view& url, Endpoint endpoint) {
  endpoint.host = url.host_address();
  if (endpoint.host.empty()) return invalid("the host is missing");
  if (url.has_port() && !url.port().empty()) {
    endpoint.port = url.port_number();
    if (endpoint.port == 0) return invalid("the port must be from 1 to 65535");
  }
  if (url.has_query()) return invalid("nothing may follow a question mark");
  const std::string path = url.path();
  if (path.size() > 1) {
    const auto database = parse_database(std::string_view(path).substr(1));
    if (!database) return invalid("the database, after the host, must be a number");
    endpoint.database = *database;
  }
  return endpoint;
}

}  // namespace

std::string Endpoint::text() const {
  const std::string suffix = std::to_string(database);
  if (!path.empty()) return "unix://" + path + "?db=" + suffix;
  const bool bare_ipv6 = host.find(':') != std::string::npos;
  const std::string shown = bare_ipv6 ? "[" + host + "]" : host;
  return (tls ? "rediss://" : "redis://") + shown + ":" + std::to_string(port) + "/" + suffix;
}

base::Result<Endpoint> parse_url(std::string_view text) {
  const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
  if (!parsed) {
    return invalid(
        "not a URL (in user and password, all but letters and digits must be written "
        "as %XX)");
  }
  const boost::urls::url_view& url = *parsed;
  const bool is_unix = url.scheme() == "unix";
  if (!is_unix && url.scheme() != "redis" && url.scheme() != "rediss") {
    return invalid("it must begin with redis://, rediss:// or unix://");
  }
  if (!url.has_authority()) return invalid("two slashes must follow the scheme");
  if (url.has_fragment()) return invalid("nothing may follow a #; in a password write it as %23");
  Endpoint endpoint;
  endpoint.tls = url.scheme() == "rediss";
  endpoint.user = url.user();
  endpoint.password = url.password();
  if (!endpoint.user.empty() && endpoint.password.empty()) {
    return invalid(
        "a user without a password; a password alone is written redis://:password@host");
  }
  return is_unix ? finish_unix(url, std::move(endpoint)) : finish_tcp(url, std::move(endpoint));
}

}  // namespace rollcall::redis

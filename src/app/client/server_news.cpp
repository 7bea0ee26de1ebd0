#include "app/client/server_news.hpp"

#include "app/client/http_fetch.hpp"
#include "app/client/status_fields.hpp"
#include "app/config/config_file.hpp"
#include "app/config/text_checks.hpp"

#include <utility>

#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace rollcall::app {
namespace {

constexpr base::Millis kPatience{2000};
constexpr int kOk = 200;

std::string api_key_of(const ServerConfig& server) {
  if (!server.admin_listen.empty()) return "";
  if (!server.api_keys.empty()) return server.api_keys.front();
  if (server.api_keys_file.empty()) return "";
  const auto key = first_key_in(server.api_keys_file);
  return key.ok() ? key.value() : std::string();
}

}  // namespace

// Whoever listens on all addresses is asked by the machine's own.
std::string url_of(const ServerConfig& server) {
  const bool is_admin = !server.admin_listen.empty();
  const auto endpoint = parse_endpoint(is_admin ? server.admin_listen : server.listen);
  if (!endpoint.ok()) return "";
  std::string host = endpoint.value().host;
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  const bool has_tls = !is_admin && !server.tls.certificate_file.empty();
  return fmt::format("{}://{}:{}", has_tls ? "https" : "http", host, endpoint.value().port);
}

base::Result<boost::json::object> ask_server(const Config& config) {
  const std::string url = url_of(config.server);
  const auto unavailable = [&](std::string_view why) {
    return base::Error{base::Errc::unavailable, "no_server", fmt::format("{}: {}", url, why)};
  };
  const auto answer = fetch({url, "/api/v1/status", api_key_of(config.server), kPatience});
  if (!answer) return answer.error();
  if (answer.value().status != kOk) {
    return unavailable(fmt::format("the server answers {}", answer.value().status));
  }
  boost::system::error_code error;
  boost::json::value status = boost::json::parse(answer.value().body, error);
  if (error || !status.is_object()) return unavailable("the answer is not a status");
  return std::move(status.get_object());
}

const boost::json::object* find_policy(const boost::json::object& status, std::string_view name) {
  const boost::json::object* found = nullptr;
  for_each_object(status, "retention", [&](const boost::json::object& policy) {
    if (text_of(policy, "policy") == name) found = &policy;
  });
  return found;
}

}  // namespace rollcall::app

#include "app/config/access_rules.hpp"

#include "app/config/config_file.hpp"
#include "app/config/text_checks.hpp"
#include "app/config/token_keys.hpp"

#include <sstream>

namespace rollcall::app {
namespace {

base::Status add_keys_of_file(http::AccessRules& rules, const std::string& path) {
  auto text = read_file(path);
  if (!text) return std::move(text).error();
  std::istringstream lines(text.value());
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty() || line.starts_with('#')) continue;
    if (const auto complaint = check_api_key(line)) {
      return base::Error{base::Errc::invalid_argument, "api_keys_file",
                         path + ":" + std::to_string(number) + ": " + *complaint};
    }
    rules.api_keys.push_back(http::digest_of(line));
  }
  return base::Done{};
}

base::Status set_gateway_secret(http::AccessRules& rules, const std::string& path) {
  const auto secret = read_secret(path);
  if (!secret) {
    return base::Error{base::Errc::invalid_argument, "gateway_secret",
                       "gateway.secret_file: " + secret.error().message};
  }
  if (const auto complaint = check_api_key(secret.value())) {
    return base::Error{base::Errc::invalid_argument, "gateway_secret",
                       "gateway.secret_file: " + path + ": " + *complaint};
  }
  rules.gateway_secret = http::digest_of(secret.value());
  return base::Done{};
}

}  // namespace

base::Result<std::shared_ptr<const http::AccessRules>> load_access_rules(const Config& config) {
  auto rules = std::make_shared<http::AccessRules>();
  rules->dev = config.dev;
  rules->allowed_origins = config.server.allowed_origins;
  for (const std::string& key : config.server.api_keys) {
    rules->api_keys.push_back(http::digest_of(key));
  }
  for (const std::string& cidr : config.server.trusted_proxies) {
    if (auto added = http::add_trusted_proxy(*rules, cidr); !added) return added.error();
  }
  if (!config.server.api_keys_file.empty()) {
    if (auto added = add_keys_of_file(*rules, config.server.api_keys_file); !added) {
      return added.error();
    }
  }
  if (!config.gateway.secret_file.empty()) {
    if (auto set = set_gateway_secret(*rules, config.gateway.secret_file); !set)
      return set.error();
  }
  auto verifier = load_verifier(config.auth);
  if (!verifier) return std::move(verifier).error();
  rules->verifier = std::move(verifier).value();
  return std::shared_ptr<const http::AccessRules>(std::move(rules));
}

}  // namespace rollcall::app

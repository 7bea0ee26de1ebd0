#include "app/access_rules.hpp"

#include "app/config_file.hpp"
#include "app/text_checks.hpp"

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
  return std::shared_ptr<const http::AccessRules>(std::move(rules));
}

}  // namespace rollcall::app

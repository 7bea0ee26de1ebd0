#include "app/config/token_keys.hpp"

#include "app/config/config_file.hpp"

#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace rollcall::app {
namespace {

base::Error about(std::string_view setting, base::Error error) {
  error.message = fmt::format("{}: {}", setting, error.message);
  return error;
}

base::Result<auth::KeySet> single(base::Result<auth::Key> key) {
  if (!key) return std::move(key).error();
  return auth::KeySet::single(std::move(key).value());
}

// The keys of one of the files, made by `make` of its text.
template <typename Read, typename Make>
base::Result<auth::KeySet> keys_of(std::string_view setting, const std::string& path, Read read,
                                   Make make) {
  auto text = read(path);
  if (!text) return about(setting, std::move(text).error());
  auto keys = make(text.value());
  if (keys) return keys;
  return about(fmt::format("{}: {}", setting, path), std::move(keys).error());
}

bool names_a_key(const AuthConfig& config) {
  return !config.secret.empty() || !config.secret_file.empty() ||
         !config.public_key_file.empty() || !config.jwks_file.empty();
}

base::Result<auth::KeySet> load_keys(const AuthConfig& config, auth::Algorithm algorithm) {
  const auto of_secret = [](const std::string& text) {
    return single(auth::Key::from_secret(text));
  };
  const auto of_pem = [&](const std::string& text) {
    return single(auth::Key::from_pem(algorithm, text));
  };
  const auto of_jwks = [&](const std::string& text) {
    return auth::KeySet::from_jwks(algorithm, text);
  };
  if (!config.secret_file.empty()) {
    return keys_of("auth.secret_file", config.secret_file, read_secret, of_secret);
  }
  if (!config.public_key_file.empty()) {
    return keys_of("auth.public_key_file", config.public_key_file, read_file, of_pem);
  }
  if (!config.jwks_file.empty()) {
    return keys_of("auth.jwks_file", config.jwks_file, read_file, of_jwks);
  }
  auto keys = of_secret(config.secret);
  if (keys) return keys;
  return about("auth.secret", std::move(keys).error());
}

}  // namespace

base::Result<std::string> read_secret(const std::string& path) {
  auto text = read_file(path);
  if (!text) return text;
  std::string secret = std::move(text).value();
  if (secret.ends_with('\n')) secret.pop_back();
  if (secret.ends_with('\r')) secret.pop_back();
  return secret;
}

base::Result<std::shared_ptr<const auth::Verifier>> load_verifier(const AuthConfig& config) {
  if (!names_a_key(config)) return std::shared_ptr<const auth::Verifier>();
  const auto algorithm = auth::parse_algorithm(config.algorithm);
  if (!algorithm) {
    return base::Error{base::Errc::invalid_argument, "bad_algorithm",
                       "auth.algorithm: " + config.algorithm + " is not known"};
  }
  auto keys = load_keys(config, *algorithm);
  if (!keys) return std::move(keys).error();
  return std::make_shared<const auth::Verifier>(
      std::move(keys).value(), auth::ClaimRules{config.issuer, config.audience, config.leeway});
}

}  // namespace rollcall::app

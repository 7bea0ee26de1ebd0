#include "app/config/user_token.hpp"

#include "app/config/config_file.hpp"
#include "app/config/token_keys.hpp"
#include "app/config/units.hpp"
#include "transport/auth/signer.hpp"

#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace rollcall::app {
namespace {

base::Error refused(std::string message) {
  return {base::Errc::invalid_argument, "no_token", std::move(message)};
}

base::Result<auth::Signer> signer_of_secret(const AuthConfig& config) {
  const auto named = [](std::string_view setting, base::Result<auth::Signer> signer) {
    if (signer) return signer;
    return base::Result<auth::Signer>(
        refused(fmt::format("{}: {}", setting, signer.error().message)));
  };
  if (!config.secret.empty())
    return named("auth.secret", auth::Signer::from_secret(config.secret));
  if (config.secret_file.empty()) {
    return refused("auth.secret_file: must be given, or auth.secret: HS256 signs with it");
  }
  const auto secret = read_secret(config.secret_file);
  if (!secret) return refused("auth.secret_file: " + secret.error().message);
  return named("auth.secret_file", auth::Signer::from_secret(secret.value()));
}

base::Result<auth::Signer> signer_of_file(auth::Algorithm algorithm, const std::string& path) {
  if (path.empty()) {
    return refused(fmt::format(
        "--private-key-file: must be given: {} signs with a private key, whose public half is in "
        "auth.public_key_file or auth.jwks_file",
        auth::name_of(algorithm)));
  }
  const auto pem = read_file(path);
  if (!pem) return refused("--private-key-file: " + pem.error().message);
  auto signer = auth::Signer::from_pem(algorithm, pem.value());
  if (signer) return signer;
  return refused(fmt::format("--private-key-file: {} {}", path, signer.error().message));
}

base::Result<auth::Signer> signer_for(const TokenRequest& request, const AuthConfig& config) {
  const auto algorithm = auth::parse_algorithm(config.algorithm);
  if (!algorithm) return refused("auth.algorithm: is not known");
  if (*algorithm != auth::Algorithm::hs256) {
    return signer_of_file(*algorithm, request.private_key_file);
  }
  if (request.private_key_file.empty()) return signer_of_secret(config);
  return refused("--private-key-file: HS256 signs with auth.secret_file, not with a private key");
}

base::Result<base::Millis> ttl_of(const std::string& text) {
  auto ttl = parse_duration(text);
  if (!ttl) return refused("--ttl: " + ttl.error().message);
  if (ttl.value() < seconds(1)) return refused("--ttl: must be at least 1s");
  return ttl;
}

base::Status check_watch(const std::vector<std::string>& watch) {
  for (const std::string& pattern : watch) {
    const auto id = core::UserId::parse(pattern);
    if (!id) return refused("--watch: " + id.error().message);
  }
  return base::Done{};
}

// Whether the server would take it: the private key may not fit the public one.
base::Status try_out(const std::string& token, const AuthConfig& config, base::WallTime now) {
  if (token.size() > auth::Verifier::kMaxTokenBytes) {
    return refused(fmt::format("--watch: a token of more than {} bytes is refused",
                               auth::Verifier::kMaxTokenBytes));
  }
  const auto verifier = load_verifier(config);
  if (!verifier) return verifier.error();
  if (!verifier.value() || verifier.value()->verify(token, now)) return base::Done{};
  if (config.jwks_file.empty()) {
    return refused("--private-key-file: does not fit the key in auth.public_key_file");
  }
  return refused("--key-id: names no key in auth.jwks_file that fits --private-key-file");
}

}  // namespace

base::Result<std::string> make_user_token(const TokenRequest& request, const AuthConfig& config,
                                          base::WallTime now) {
  auto user = core::UserId::parse(request.user);
  if (!user) return refused("--sub: " + user.error().message);
  const auto ttl = ttl_of(request.ttl);
  if (!ttl) return ttl.error();
  if (auto watch = check_watch(request.watch); !watch) return std::move(watch).error();
  const auto signer = signer_for(request, config);
  if (!signer) return signer.error();
  std::string token =
      signer.value().token({std::move(user).value(), now, now + ttl.value(), config.issuer,
                            config.audience, request.key_id, request.watch});
  if (auto tried = try_out(token, config, now); !tried) return std::move(tried).error();
  return token;
}

}  // namespace rollcall::app

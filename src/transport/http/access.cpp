#include "transport/http/access.hpp"

#include "transport/auth/base64url.hpp"
#include "transport/auth/digest.hpp"

#include <algorithm>
#include <ranges>

#include <openssl/crypto.h>

namespace rollcall::http {
namespace {

namespace ip = boost::asio::ip;

constexpr std::string_view kForwardingHeaders[] = {
    "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via"};

constexpr std::string_view kKeyProtocol = "key.";

base::Error forbidden(std::string_view code, std::string_view message) {
  return {base::Errc::forbidden, code, std::string(message)};
}

std::string_view authority_of(std::string_view origin) {
  const std::size_t scheme = origin.find("://");
  return scheme == std::string_view::npos ? std::string_view() : origin.substr(scheme + 3);
}

// RFC 6454: the scheme counts too, where it is known that TLS ends here or at a trusted proxy.
bool is_same_origin(std::string_view origin, const Request& request, bool secure) {
  if (secure && !origin.starts_with("https://")) return false;
  const std::string_view authority = authority_of(origin);
  return !authority.empty() && equal_ignoring_case(authority, request.header("Host"));
}

// The last address that no trusted proxy vouches for is the client.
ip::address forwarded_for(const AccessRules& rules, const Request& request, ip::address peer) {
  const std::vector<std::string_view> hops = request.list("X-Forwarded-For");
  for (const std::string_view hop : hops | std::views::reverse) {
    if (!rules.trusts(peer)) break;
    boost::system::error_code error;
    const ip::address next = ip::make_address(std::string(hop), error);
    if (error) break;
    peer = next;
  }
  return peer;
}

std::optional<base::Error> check_dev(const Request& request, std::string_view origin) {
  for (const std::string_view name : kForwardingHeaders) {
    if (request.has_header(name)) {
      return forbidden("dev_is_local", "--dev serves this machine only, not through a proxy");
    }
  }
  const bool local_origin = origin.empty() || is_local_authority(authority_of(origin));
  if (!is_local_authority(request.header("Host")) || !local_origin) {
    return forbidden("dev_is_local", "--dev serves pages and callers of this machine only");
  }
  return std::nullopt;
}

std::string cors_fields(std::string_view origin) {
  return "Access-Control-Allow-Origin: " + std::string(origin) +
         "\r\nAccess-Control-Allow-Credentials: true\r\n"
         "Access-Control-Expose-Headers: X-Rollcall-Source, X-Rollcall-Certainty, "
         "X-Rollcall-Next-Beat-Ms\r\nVary: Origin\r\n";
}

// Nothing: there is none. X-API-Key is for clients that cannot set Authorization.
std::optional<std::string> presented_key(const Request& request, KeyPlaces places) {
  std::string_view key = bearer_of(request.header("Authorization"));
  if (key.empty()) key = request.header("X-API-Key");
  if (!key.empty()) return std::string(key);
  if (places == KeyPlaces::headers) return std::nullopt;
  for (std::string_view protocol : request.list("Sec-WebSocket-Protocol")) {
    if (!protocol.starts_with(kKeyProtocol)) continue;
    protocol.remove_prefix(kKeyProtocol.size());
    return auth::decode_base64url(protocol).value_or("");
  }
  return std::nullopt;
}

}  // namespace

bool AccessRules::trusts(const ip::address& peer) const {
  ip::address address = peer;
  if (peer.is_v6() && peer.to_v6().is_v4_mapped()) {
    address = ip::make_address_v4(ip::v4_mapped, peer.to_v6());
  }
  const auto holds = [&](const auto& network, const auto& host) {
    const auto hosts = network.canonical();
    using Network = std::decay_t<decltype(network)>;
    return Network(host, network.prefix_length()).canonical() == hosts;
  };
  if (address.is_v4()) {
    return std::ranges::any_of(trusted_v4,
                               [&](const auto& n) { return holds(n, address.to_v4()); });
  }
  return std::ranges::any_of(trusted_v6, [&](const auto& n) { return holds(n, address.to_v6()); });
}

KeyDigest digest_of(std::string_view key) {
  return auth::sha256(key);
}

base::Status add_trusted_proxy(AccessRules& rules, const std::string& cidr) {
  const bool single = cidr.find('/') == std::string::npos;
  boost::system::error_code error;
  const auto v4 = ip::make_network_v4(single ? cidr + "/32" : cidr, error);
  if (!error) {
    rules.trusted_v4.push_back(v4);
    return base::Done{};
  }
  const auto v6 = ip::make_network_v6(single ? cidr + "/128" : cidr, error);
  if (error) {
    return base::Error{base::Errc::invalid_argument, "bad_cidr",
                       cidr + " is not an address range such as 10.0.0.0/8"};
  }
  rules.trusted_v6.push_back(v6);
  return base::Done{};
}

bool is_local_authority(std::string_view authority) {
  constexpr std::string_view kLoopbackV6 = "[::1]";
  if (authority.starts_with(kLoopbackV6)) {
    const std::string_view port = authority.substr(kLoopbackV6.size());
    return port.empty() || port.front() == ':';
  }
  const std::string_view host = authority.substr(0, authority.rfind(':'));
  if (equal_ignoring_case(host, "localhost")) return true;
  boost::system::error_code error;
  const auto address = ip::make_address_v4(std::string(host), error);
  return !error && address.is_loopback();
}

base::Result<Caller> identify(const AccessRules& rules, const Request& request,
                              const Client& client) {
  const std::string_view origin = request.header("Origin");
  Caller caller{client, true, {}};
  if (rules.dev) {
    if (auto refused = check_dev(request, origin)) return std::move(*refused);
  } else if (rules.trusts(client.address)) {
    caller.client.address = forwarded_for(rules, request, client.address);
    caller.client.tls = client.tls || request.header("X-Forwarded-Proto") == "https";
  }
  const std::string_view site = request.header("Sec-Fetch-Site");
  const bool same_origin = origin.empty() || is_same_origin(origin, request, caller.client.tls);
  caller.same_site = site.empty() ? same_origin : site != "cross-site";
  if (same_origin) return caller;
  const bool allowed =
      std::ranges::find(rules.allowed_origins, origin) != rules.allowed_origins.end();
  if (!allowed && !rules.dev) {
    return forbidden("origin_not_allowed",
                     "this Origin is not the server's own, nor one of server.allowed_origins");
  }
  caller.cors_fields = cors_fields(origin);
  return caller;
}

std::string_view bearer_of(std::string_view authorization) {
  constexpr std::string_view kBearer = "Bearer ";
  if (!equal_ignoring_case(authorization.substr(0, kBearer.size()), kBearer)) return {};
  return trim(authorization.substr(kBearer.size()));
}

std::optional<base::Error> check_api_key(const AccessRules& rules, const Request& request,
                                         KeyPlaces places) {
  if (rules.dev) return std::nullopt;
  if (rules.api_keys.empty()) {
    return base::Error{base::Errc::unauthenticated, "api_key_not_configured",
                       "this route needs an API key and none is configured: set server.api_keys "
                       "or server.api_keys_file (ROLLCALL_SERVER_API_KEYS), or start with --dev"};
  }
  const std::optional<std::string> key = presented_key(request, places);
  if (!key) {
    return base::Error{base::Errc::unauthenticated, "api_key_required",
                       "send the API key as \"Authorization: Bearer KEY\" or \"X-API-Key: KEY\""};
  }
  const KeyDigest digest = digest_of(*key);
  bool known = false;
  for (const KeyDigest& configured : rules.api_keys) {
    known |= CRYPTO_memcmp(digest.data(), configured.data(), digest.size()) == 0;
  }
  if (known) return std::nullopt;
  return base::Error{base::Errc::unauthenticated, "api_key_invalid", "the API key is not known"};
}

}  // namespace rollcall::http

#pragma once

#include "base/result.hpp"
#include "transport/auth/verifier.hpp"
#include "transport/http/exchange.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

namespace rollcall::http {

using KeyDigest = std::array<unsigned char, 32>;

// Who may speak to this server. Replaced as a whole on SIGHUP.
struct AccessRules {
  bool dev = false;                 // --dev: no keys, but this machine's callers only
  std::vector<KeyDigest> api_keys;  // SHA-256: comparing digests takes the same time for each key
  std::vector<std::string> allowed_origins;
  std::vector<boost::asio::ip::network_v4> trusted_v4;
  std::vector<boost::asio::ip::network_v6> trusted_v6;
  std::shared_ptr<const auth::Verifier> verifier;  // null: no token can be verified
  std::optional<KeyDigest> gateway_secret;         // of gateway.secret_file

  bool trusts(const boost::asio::ip::address& peer) const;
};

KeyDigest digest_of(std::string_view key);
base::Status add_trusted_proxy(AccessRules& rules, const std::string& cidr);

// What the headers say about where a request comes from.
struct Caller {
  Client client;            // behind trusted proxies, the address and scheme that they forward
  bool same_site = true;    // a page of this site, or no page at all
  std::string cors_fields;  // header lines for an allowed page of another origin
};

// Looks at Host, Origin and forwarding headers before anything is done. An Origin that is neither
// this server's own nor allowed is refused (403): CORS alone does not stop a simple POST.
base::Result<Caller> identify(const AccessRules& rules, const Request& request,
                              const Client& client);

// The credentials of RFC 6750, 2.1: what follows "Bearer" in Authorization, or nothing.
std::string_view bearer_of(std::string_view authorization);

// Where a request may carry its API key.
enum class KeyPlaces {
  headers,      // "Authorization: Bearer KEY" and "X-API-Key: KEY"
  of_a_socket,  // also the subprotocol "key.KEY", its KEY in base64url
};

// Nothing when the request carries a configured API key, or none is asked for (--dev).
std::optional<base::Error> check_api_key(const AccessRules& rules, const Request& request,
                                         KeyPlaces places);

// "localhost", 127.0.0.0/8 or ::1, with or without a port.
bool is_local_authority(std::string_view authority);

}  // namespace rollcall::http

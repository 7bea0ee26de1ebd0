#include "transport/auth/verifier.hpp"

#include "transport/auth/base64url.hpp"
#include "transport/auth/claims.hpp"
#include "transport/auth/strict_json.hpp"

#include <algorithm>
#include <array>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

namespace rollcall::auth {
namespace {

namespace json = boost::json;

// Extensions that change what a signature means, and keys that come with the token.
constexpr json::string_view kRefusedParameters[] = {"crit", "b64", "jwk", "jku", "x5u", "x5c"};

struct Parts {
  bool whole = false;  // otherwise the text is no token, and only keeps the verification busy
  std::string_view header;
  std::string_view claims;
  std::string_view signature;
  std::string_view signed_text;
};

Parts split(std::string_view token) {
  const std::string_view text = token.substr(0, Verifier::kMaxTokenBytes);
  const std::size_t first = text.find('.');
  const std::size_t last = text.rfind('.');
  const bool whole = text.size() == token.size() && std::ranges::count(text, '.') == 2;
  if (!whole) return {false, {}, {}, {}, text};
  return {true, text.substr(0, first), text.substr(first + 1, last - first - 1),
          text.substr(last + 1), text.substr(0, last)};
}

std::optional<json::object> decode_object(std::string_view text, json::storage_ptr storage) {
  const auto bytes = decode_base64url(text);
  if (!bytes) return std::nullopt;
  return parse_strict_object(*bytes, std::move(storage));
}

// The key that the header asks for (RFC 7515, 4.1); null when the header is to be refused.
const Key* key_for(const json::object& header, const KeySet& keys) {
  for (const json::string_view name : kRefusedParameters) {
    if (header.contains(name)) return nullptr;
  }
  const json::string* algorithm = find_string(header, "alg");
  const std::string_view wanted = name_of(keys.algorithm());
  if (algorithm == nullptr || std::string_view(algorithm->data(), algorithm->size()) != wanted) {
    return nullptr;
  }
  if (!header.contains("kid")) return keys.find(std::nullopt);
  const json::string* kid = find_string(header, "kid");
  if (kid == nullptr) return nullptr;
  return keys.find(std::string_view(kid->data(), kid->size()));
}

}  // namespace

base::Result<Identity> Verifier::verify(std::string_view token, base::WallTime now) const {
  std::array<unsigned char, 4096> buffer;
  json::monotonic_resource memory(buffer.data(), buffer.size());
  const Parts parts = split(token);
  const auto header = decode_object(parts.header, &memory);
  const Key* key = header ? key_for(*header, keys_) : nullptr;
  const auto signature = decode_base64url(parts.signature);
  const bool is_signed = (key == nullptr ? keys_.any() : *key)
                             .verify(parts.signed_text, signature.value_or(std::string()));
  const auto claims = decode_object(parts.claims, &memory);
  auto identity = claims ? read_claims(*claims, rules_, now) : std::nullopt;
  if (!parts.whole || key == nullptr || !signature || !is_signed || !identity) {
    return base::Error{base::Errc::unauthenticated, "invalid_token", "the token is not valid"};
  }
  return *std::move(identity);
}

}  // namespace rollcall::auth

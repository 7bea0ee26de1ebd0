#include "transport/auth/key_set.hpp"

#include "transport/auth/base64url.hpp"
#include "transport/auth/strict_json.hpp"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

namespace rollcall::auth {
namespace {

namespace json = boost::json;

base::Error bad_jwks(std::string message) {
  return {base::Errc::invalid_argument, "bad_jwks", std::move(message)};
}

std::string_view text_of(const json::object& jwk, std::string_view name) {
  const json::string* text = find_string(jwk, name);
  return text == nullptr ? std::string_view() : std::string_view(text->data(), text->size());
}

bool may_verify(const json::object& jwk) {
  const json::value* operations = jwk.if_contains("key_ops");
  if (operations == nullptr) return true;
  const json::array* list = operations->if_array();
  return list != nullptr && std::ranges::find(*list, json::value("verify")) != list->end();
}

// RFC 7517, 4.1 to 4.4: what the key is for, as far as it says so.
bool is_for(Algorithm algorithm, const json::object& jwk) {
  if (jwk.contains("use") && text_of(jwk, "use") != "sig") return false;
  if (jwk.contains("alg") && text_of(jwk, "alg") != name_of(algorithm)) return false;
  if (!may_verify(jwk)) return false;
  const std::string_view type = text_of(jwk, "kty");
  switch (algorithm) {
    case Algorithm::hs256:
      return type == "oct";
    case Algorithm::rs256:
      return type == "RSA";
    case Algorithm::es256:
      return type == "EC" && text_of(jwk, "crv") == "P-256";
    case Algorithm::eddsa:
      return type == "OKP" && text_of(jwk, "crv") == "Ed25519";
  }
  return false;
}

base::Result<std::string> number(const json::object& jwk, std::string_view name) {
  const json::string* text = find_string(jwk, name);
  auto bytes = text == nullptr ? std::nullopt : decode_base64url({text->data(), text->size()});
  if (bytes && !bytes->empty()) return *std::move(bytes);
  return bad_jwks(fmt::format("has no \"{}\" in base64url", name));
}

// A key of two numbers, of which the second may not be needed.
template <typename Make>
base::Result<Key> make_key(const json::object& jwk, std::string_view first,
                           std::string_view second, Make make) {
  auto one = number(jwk, first);
  if (!one) return std::move(one).error();
  auto other = number(jwk, second);
  if (!other) return std::move(other).error();
  return make(one.value(), other.value());
}

base::Result<Key> read_key(Algorithm algorithm, const json::object& jwk) {
  if (algorithm == Algorithm::rs256) return make_key(jwk, "n", "e", Key::rsa);
  if (algorithm == Algorithm::es256) return make_key(jwk, "x", "y", Key::p256);
  const bool is_secret = algorithm == Algorithm::hs256;
  auto bytes = number(jwk, is_secret ? "k" : "x");
  if (!bytes) return std::move(bytes).error();
  return is_secret ? Key::from_secret(bytes.value()) : Key::ed25519(bytes.value());
}

}  // namespace

KeySet KeySet::single(Key key) {
  KeySet set;
  set.single_ = true;
  set.keys_.push_back({"", std::move(key)});
  return set;
}

base::Result<KeySet> KeySet::from_jwks(Algorithm algorithm, std::string_view text) {
  if (text.size() > kMaxJwksBytes) return bad_jwks(fmt::format("is over {} bytes", kMaxJwksBytes));
  const auto document = parse_strict_object(text);
  if (!document) return bad_jwks("is no JSON object, or a name stands in it twice");
  const json::value* value = document->if_contains("keys");
  const json::array* list = value == nullptr ? nullptr : value->if_array();
  if (list == nullptr) return bad_jwks("has no list of \"keys\"");
  if (list->size() > kMaxJwks) return bad_jwks(fmt::format("holds more than {} keys", kMaxJwks));
  KeySet set;
  for (const json::value& entry : *list) {
    const json::object* jwk = entry.if_object();
    if (jwk == nullptr) return bad_jwks("holds a key that is no object");
    const std::string_view kid = text_of(*jwk, "kid");
    if (kid.empty() || !is_for(algorithm, *jwk)) continue;
    if (kid.size() > kMaxKidBytes) return bad_jwks("holds a kid that is too long");
    if (set.find(kid) != nullptr) return bad_jwks("holds two keys of the same kid");
    auto key = read_key(algorithm, *jwk);
    const auto index = static_cast<std::size_t>(&entry - list->data());
    if (!key) return bad_jwks(fmt::format("keys[{}] {}", index, key.error().message));
    set.keys_.push_back({std::string(kid), std::move(key).value()});
  }
  if (!set.keys_.empty()) return set;
  return bad_jwks(fmt::format("holds no key for {} that has a kid", name_of(algorithm)));
}

const Key* KeySet::find(std::optional<std::string_view> kid) const {
  if (single_) return &keys_.front().key;
  if (!kid) return nullptr;
  const auto found = std::ranges::find(keys_, *kid, &NamedKey::kid);
  return found == keys_.end() ? nullptr : &found->key;
}

}  // namespace rollcall::auth

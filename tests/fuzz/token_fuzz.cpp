#include "core/utf8.hpp"
#include "transport/auth/base64url.hpp"
#include "transport/auth/signer.hpp"
#include "transport/auth/strict_json.hpp"
#include "transport/auth/verifier.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

namespace {

using namespace rollcall;

constexpr base::WallTime kNow{std::chrono::seconds(1'800'000'000)};
const std::string kSecret(32, 's');
constexpr std::string_view kCurveHeader = "eyJhbGciOiJFZERTQSJ9.";  // {"alg":"EdDSA"}

void require(bool condition) {
  if (!condition) std::abort();
}

const auth::Verifier& verifier_of_secret() {
  static const auth::Verifier verifier(
      auth::KeySet::single(auth::Key::from_secret(kSecret).value()), auth::ClaimRules{});
  return verifier;
}

const auth::Signer& signer() {
  static const auth::Signer signer = auth::Signer::from_secret(kSecret).value();
  return signer;
}

// RFC 8037, appendix A.2.
const auth::Verifier& verifier_of_curve() {
  static const auth::Verifier verifier(
      auth::KeySet::single(auth::Key::ed25519(*auth::decode_base64url(
                                                  "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"))
                               .value()),
      auth::ClaimRules{"issuer", "audience"});
  return verifier;
}

// Nobody but the holder of the secret makes a token, so one that is taken is as it would be made
// again. All others are refused alike.
void check_raw(const auth::Verifier& verifier, const std::string& text) {
  const auto identity = verifier.verify(text, kNow);
  if (!identity) {
    require(identity.error().code == "invalid_token");
    require(identity.error().message == "the token is not valid");
    return;
  }
  require(text.size() <= auth::Verifier::kMaxTokenBytes);
  const std::size_t first = text.find('.');
  const std::size_t last = text.rfind('.');
  const auto header = auth::decode_base64url(text.substr(0, first));
  const auto claims = auth::decode_base64url(text.substr(first + 1, last - first - 1));
  require(header && claims);
  require(signer().sign(*header, *claims) == text);
}

// The parser of headers and claims stands behind the signature: here it is signed.
void check_signed(std::string_view header, std::string_view claims) {
  const auto identity = verifier_of_secret().verify(signer().sign(header, claims), kNow);
  if (!identity) return;
  require(core::is_valid_utf8(header) && core::is_valid_utf8(claims));
  const auto header_object = auth::parse_strict_object(header);
  const auto claims_object = auth::parse_strict_object(claims);
  require(header_object && claims_object);
  require(header_object->at("alg") == "HS256" && !header_object->contains("crit"));
  const auto* sub = auth::find_string(*claims_object, "sub");
  require(sub != nullptr && identity.value().user.text() == std::string(sub->data(), sub->size()));
  require(!sub->empty() && sub->size() <= core::UserId::kMaxBytes);
  require(claims_object->at("exp").is_number() && *identity.value().expires_at > kNow);
  identity.value().watch.allows(identity.value().user.text());
}

}  // namespace

// Either a token, or a header and claims with a line end between them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = text.find('\n');
  if (cut == std::string::npos) {
    const bool is_curves = text.starts_with(kCurveHeader);
    check_raw(is_curves ? verifier_of_curve() : verifier_of_secret(), text);
    return 0;
  }
  check_signed(text.substr(0, cut), text.substr(cut + 1));
  const auto bytes = auth::decode_base64url(text.substr(0, cut));
  if (bytes) require(auth::encode_base64url(*bytes) == text.substr(0, cut));
  return 0;
}

#include "transport/auth/key_set.hpp"

#include "transport/auth/test_keys.hpp"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

namespace rollcall::auth {
namespace {

const std::string kEdwards = fmt::format(R"("kty":"OKP","crv":"Ed25519","x":"{}")", kRfcEdwardsX);
const std::string kCurve =
    fmt::format(R"("kty":"EC","crv":"P-256","x":"{}","y":"{}")", kRfcCurveX, kRfcCurveY);
const std::string kRsa = fmt::format(R"("kty":"RSA","e":"AQAB","n":"{}")", kRfcModulus);
const std::string kSecret = R"("kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T")";

std::string jwk(std::string_view kid, std::string_view members) {
  return fmt::format(R"({{"kid":"{}",{}}})", kid, members);
}

std::string jwks(const std::vector<std::string>& keys) {
  return fmt::format(R"({{"keys":[{}]}})", fmt::join(keys, ","));
}

std::string refusal(Algorithm algorithm, const std::string& text) {
  const auto keys = KeySet::from_jwks(algorithm, text);
  return keys.ok() ? "" : keys.error().message;
}

TEST(KeySet, ASingleKeyServesWhateverATokenNames) {
  const KeySet keys = KeySet::single(Key::from_secret(std::string(32, 's')).value());
  EXPECT_EQ(keys.find(std::nullopt), &keys.any());
  EXPECT_EQ(keys.find("a"), &keys.any());
}

TEST(KeySet, TheKidDecides) {
  const auto keys = KeySet::from_jwks(
      Algorithm::eddsa,
      jwks({jwk("ec", kCurve), jwk("a", kEdwards), jwk("b", kEdwards), jwk("s", kSecret)}));
  ASSERT_TRUE(keys.ok()) << keys.error().message;
  EXPECT_EQ(keys.value().algorithm(), Algorithm::eddsa);
  ASSERT_NE(keys.value().find("a"), nullptr);
  ASSERT_NE(keys.value().find("b"), nullptr);
  EXPECT_NE(keys.value().find("a"), keys.value().find("b"));
  for (const char* kid : {"ec", "s", "", "A", "c"}) {
    EXPECT_EQ(keys.value().find(kid), nullptr) << kid;
  }
  EXPECT_EQ(keys.value().find(std::nullopt), nullptr);
}

TEST(KeySet, KeysOfEveryAlgorithmAreRead) {
  EXPECT_EQ(refusal(Algorithm::eddsa, jwks({jwk("a", kEdwards)})), "");
  EXPECT_EQ(refusal(Algorithm::es256, jwks({jwk("a", kCurve)})), "");
  EXPECT_EQ(refusal(Algorithm::hs256, jwks({jwk("a", kSecret)})), "");
  EXPECT_EQ(refusal(Algorithm::rs256, jwks({jwk("a", kRsa)})), "");
}

TEST(KeySet, KeysForOtherPurposesArePassedOver) {
  const std::string none = "holds no key for EdDSA that has a kid";
  for (const char* more :
       {R"(,"use":"enc")", R"(,"use":1)", R"(,"alg":"ES256")", R"(,"alg":"eddsa")",
        R"(,"key_ops":["sign"])", R"(,"key_ops":"verify")"}) {
    EXPECT_EQ(refusal(Algorithm::eddsa, jwks({jwk("a", kEdwards + more)})), none) << more;
  }
  const std::string fitting = R"(,"use":"sig","alg":"EdDSA","key_ops":["sign","verify"])";
  EXPECT_EQ(refusal(Algorithm::eddsa, jwks({jwk("a", kEdwards + fitting)})), "");
  EXPECT_EQ(refusal(Algorithm::eddsa, jwks({fmt::format("{{{}}}", kEdwards)})), none);
  EXPECT_EQ(refusal(Algorithm::eddsa, jwks({})), none);
  EXPECT_EQ(refusal(Algorithm::hs256, jwks({jwk("a", kEdwards)})),
            "holds no key for HS256 that has a kid");
}

TEST(KeySet, KeysOfTheAlgorithmMustBeSound) {
  const auto alone = [](Algorithm algorithm, std::string_view members) {
    return refusal(algorithm, jwks({jwk("x", kEdwards), jwk("a", members)}));
  };
  EXPECT_TRUE(alone(Algorithm::hs256, R"("kty":"oct","k":"c2hvcnQ")")
                  .starts_with("keys[1] is under 32 bytes"));
  EXPECT_EQ(alone(Algorithm::hs256, R"("kty":"oct")"), "keys[1] has no \"k\" in base64url");
  EXPECT_EQ(alone(Algorithm::hs256, R"("kty":"oct","k":"a=")"),
            "keys[1] has no \"k\" in base64url");
  EXPECT_EQ(alone(Algorithm::rs256, R"("kty":"RSA","e":"AQAB")"),
            "keys[1] has no \"n\" in base64url");
  const std::string weak =
      fmt::format(R"("kty":"RSA","e":"AQAB","n":"{}w")", std::string(170, '_'));
  EXPECT_TRUE(alone(Algorithm::rs256, weak).starts_with("keys[1] has 1024 bits"));
  EXPECT_EQ(alone(Algorithm::es256, R"("kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA")"),
            "keys[1] has a coordinate that is not 32 bytes long");
}

TEST(KeySet, TheDocumentMustBeASet) {
  for (const char* text :
       {"", "[]", "{", R"({"keys":[],"keys":[]})", R"({"keys":[{"a":1,"a":1}]})"}) {
    EXPECT_EQ(refusal(Algorithm::eddsa, text), "is no JSON object, or a name stands in it twice");
  }
  for (const char* text : {"{}", R"({"keys":{}})", R"({"keys":null})"}) {
    EXPECT_EQ(refusal(Algorithm::eddsa, text), "has no list of \"keys\"");
  }
  EXPECT_EQ(refusal(Algorithm::eddsa, R"({"keys":[1]})"), "holds a key that is no object");
  EXPECT_EQ(refusal(Algorithm::eddsa, jwks({jwk("a", kEdwards), jwk("a", kEdwards)})),
            "holds two keys of the same kid");
}

TEST(KeySet, HasLimits) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < KeySet::kMaxJwks; ++i)
    keys.push_back(jwk(fmt::format("{}", i), kEdwards));
  EXPECT_EQ(refusal(Algorithm::eddsa, jwks(keys)), "");
  keys.push_back(jwk("more", kCurve));
  EXPECT_EQ(refusal(Algorithm::eddsa, jwks(keys)), "holds more than 100 keys");
  EXPECT_EQ(refusal(Algorithm::eddsa, std::string(KeySet::kMaxJwksBytes + 1, ' ')),
            "is over 262144 bytes");
  EXPECT_EQ(refusal(Algorithm::eddsa, jwks({jwk(std::string(257, 'k'), kEdwards)})),
            "holds a kid that is too long");
}

}  // namespace
}  // namespace rollcall::auth

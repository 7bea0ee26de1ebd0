#include "transport/auth/base64url.hpp"
#include "transport/auth/signer.hpp"
#include "transport/auth/test_keys.hpp"
#include "transport/auth/verifier.hpp"

#include <string>

#include <gtest/gtest.h>

namespace rollcall::auth {
namespace {

using std::chrono::seconds;

constexpr base::WallTime kNow{seconds(1'800'000'000)};
const std::string kClaims = R"({"sub":"ann","exp":1800000060})";

class SignedToken : public testing::TestWithParam<Algorithm> {
 protected:
  SignedToken() : pair_(pair_for(GetParam())) {}

  Verifier verifier(const KeyPair& pair) const {
    return {KeySet::single(Key::from_pem(GetParam(), pair.public_pem).value()), {}};
  }
  Signer signer() const { return Signer::from_pem(GetParam(), pair_.private_pem).value(); }
  std::string header(std::string_view algorithm) const {
    return R"({"alg":")" + std::string(algorithm) + R"("})";
  }

  KeyPair pair_;
};

TEST_P(SignedToken, IsTakenByTheOtherHalfOfThePairAlone) {
  TokenContent content{
      core::UserId::parse("ann").value(), kNow, kNow + seconds(60), {}, {}, {}, {"bob"}};
  const std::string token = signer().token(content);
  const auto identity = verifier(pair_).verify(token, kNow);
  ASSERT_TRUE(identity.ok());
  EXPECT_EQ(identity.value().user.text(), "ann");
  EXPECT_TRUE(identity.value().watch.allows("bob"));
  EXPECT_FALSE(verifier(pair_for(GetParam())).verify(token, kNow).ok());
}

// The best known forgery: the public key is known to all, and so no secret.
TEST_P(SignedToken, IsNotMadeWithThePublicKeyAsASecret) {
  for (const std::string_view algorithm : {"HS256", "none", "hs256"}) {
    const std::string text = encode_base64url(header(algorithm)) + "." + encode_base64url(kClaims);
    std::string digest(32, '\0');
    const PkeyPtr key(EVP_PKEY_new_raw_private_key(
        EVP_PKEY_HMAC, nullptr, reinterpret_cast<const unsigned char*>(pair_.public_pem.data()),
        pair_.public_pem.size()));
    const DigestPtr context(EVP_MD_CTX_new());
    std::size_t size = digest.size();
    EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get());
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(digest.data()), &size,
                   reinterpret_cast<const unsigned char*>(text.data()), text.size());
    EXPECT_FALSE(verifier(pair_).verify(text + "." + encode_base64url(digest), kNow).ok());
  }
}

TEST_P(SignedToken, NamesTheAlgorithmOfItsKey) {
  EXPECT_TRUE(
      verifier(pair_).verify(signer().sign(header(name_of(GetParam())), kClaims), kNow).ok());
  for (const auto other : {"HS256", "RS256", "ES256", "EdDSA", "PS256", "ES384", "none"}) {
    if (other == name_of(GetParam())) continue;
    EXPECT_FALSE(verifier(pair_).verify(signer().sign(header(other), kClaims), kNow).ok())
        << other;
  }
}

INSTANTIATE_TEST_SUITE_P(All, SignedToken,
                         testing::Values(Algorithm::rs256, Algorithm::es256, Algorithm::eddsa),
                         [](const auto& test) { return std::string(name_of(test.param)); });

TEST(EcdsaSignature, IsTakenInOneFormOnly) {
  const KeyPair pair = pair_for(Algorithm::es256);
  const Key key = Key::from_pem(Algorithm::es256, pair.public_pem).value();
  const std::string token =
      Signer::from_pem(Algorithm::es256, pair.private_pem).value().sign("{}", kClaims);
  const std::string text = token.substr(0, token.rfind('.'));
  const std::string raw = *decode_base64url(token.substr(token.rfind('.') + 1));
  ASSERT_TRUE(key.verify(text, raw));

  const auto number = [&](std::size_t at) {
    return BN_bin2bn(reinterpret_cast<const unsigned char*>(raw.data()) + at, 32, nullptr);
  };
  const EcdsaPtr numbers(ECDSA_SIG_new());
  ECDSA_SIG_set0(numbers.get(), number(0), number(32));
  std::string der(80, '\0');
  auto* end = reinterpret_cast<unsigned char*>(der.data());
  der.resize(static_cast<std::size_t>(i2d_ECDSA_SIG(numbers.get(), &end)));
  EXPECT_FALSE(key.verify(text, der));

  const std::string zero(32, '\0');
  for (const std::string& other :
       {zero + zero, raw.substr(0, 32) + zero, zero + raw.substr(32), '\0' + raw + '\0'}) {
    EXPECT_FALSE(key.verify(text, other));
  }
}

TEST(Signer, RefusesKeysThatNoServerWouldTake) {
  EXPECT_FALSE(Signer::from_secret(std::string(31, 's')).ok());
  EXPECT_FALSE(Signer::from_pem(Algorithm::rs256, rsa_pair(1024).private_pem).ok());
  EXPECT_FALSE(Signer::from_pem(Algorithm::es256, rsa_pair(2048).private_pem).ok());
  EXPECT_FALSE(Signer::from_pem(Algorithm::rs256, rsa_pair(2048).public_pem).ok());
  EXPECT_FALSE(Signer::from_pem(Algorithm::rs256, "").ok());
}

}  // namespace
}  // namespace rollcall::auth

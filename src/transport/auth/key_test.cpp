#include "transport/auth/key.hpp"

#include "transport/auth/base64url.hpp"
#include "transport/auth/test_keys.hpp"

#include <string>

#include <gtest/gtest.h>
#include <openssl/err.h>

namespace rollcall::auth {
namespace {

std::string decoded(std::string_view text) {
  return decode_base64url(text).value();
}

// RFC 7515, appendix A.1 to A.3: one payload, signed in three ways.
const std::string kPayload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlf"
    "Q";
const std::string kSecret = decoded(
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
const std::string kModulus = decoded(kRfcModulus);
const std::string kExponent = decoded("AQAB");
const std::string kP256X = decoded(kRfcCurveX);
const std::string kP256Y = decoded(kRfcCurveY);
// RFC 8037, appendix A.
const std::string kEdwardsX = decoded(kRfcEdwardsX);

struct Signed {
  std::string name;
  base::Result<Key> (*make)();
  std::string text;
  std::string signature;
};

class SignedByTheRfcs : public testing::TestWithParam<Signed> {};

TEST_P(SignedByTheRfcs, IsVerified) {
  const auto key = GetParam().make();
  ASSERT_TRUE(key.ok()) << key.error().message;
  EXPECT_TRUE(key.value().verify(GetParam().text, decoded(GetParam().signature)));
}

TEST_P(SignedByTheRfcs, IsRefusedWhenAnythingIsChanged) {
  const auto key = GetParam().make();
  const std::string signature = decoded(GetParam().signature);
  EXPECT_FALSE(key.value().verify(GetParam().text + "x", signature));
  EXPECT_FALSE(key.value().verify("", signature));
  for (std::size_t i = 0; i < signature.size(); ++i) {
    std::string changed = signature;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(key.value().verify(GetParam().text, changed)) << "byte " << i;
  }
  for (const std::string& other :
       {std::string(), signature.substr(1), signature + '\0', '\0' + signature,
        std::string(signature.size(), '\0'), std::string(signature.size(), '\xff')}) {
    EXPECT_FALSE(key.value().verify(GetParam().text, other)) << other.size() << " bytes";
  }
  EXPECT_EQ(ERR_peek_error(), 0U) << "left in the thread's queue of errors";
}

INSTANTIATE_TEST_SUITE_P(
    All, SignedByTheRfcs,
    testing::Values(
        Signed{"HS256", [] { return Key::from_secret(kSecret); },
               "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + kPayload,
               "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"},
        Signed{"RS256", [] { return Key::rsa(kModulus, kExponent); },
               "eyJhbGciOiJSUzI1NiJ9." + kPayload,
               "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5Y"
               "Kt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6x"
               "BArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6"
               "BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_I"
               "oypGlUPQGe77Rw"},
        Signed{"ES256", [] { return Key::p256(kP256X, kP256Y); },
               "eyJhbGciOiJFUzI1NiJ9." + kPayload,
               "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6"
               "NU1Q"},
        Signed{"EdDSA", [] { return Key::ed25519(kEdwardsX); },
               "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
               "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM"
               "0KAg"}),
    [](const auto& test) { return test.param.name; });

std::string refusal(const base::Result<Key>& key) {
  return key.ok() ? "" : key.error().message;
}

TEST(Key, ASecretIsLongEnoughAndNoPublicKey) {
  EXPECT_EQ(refusal(Key::from_secret(std::string(32, 's'))), "");
  EXPECT_TRUE(refusal(Key::from_secret(std::string(31, 's'))).starts_with("is under 32 bytes"));
  EXPECT_TRUE(refusal(Key::from_secret("")).starts_with("is under 32 bytes"));
  EXPECT_EQ(refusal(Key::from_secret(std::string(5000, 's'))), "is over 4096 bytes");
  const std::string pem = pair_for(Algorithm::es256).public_pem;
  EXPECT_TRUE(refusal(Key::from_secret(pem)).starts_with("is a PEM: a public key is no secret"));
}

TEST(Key, APemIsOfItsAlgorithm) {
  for (const auto algorithm : {Algorithm::rs256, Algorithm::es256, Algorithm::eddsa}) {
    const std::string pem = pair_for(algorithm).public_pem;
    EXPECT_EQ(refusal(Key::from_pem(algorithm, pem)), "") << name_of(algorithm);
    EXPECT_EQ(refusal(Key::from_pem(algorithm, "a comment\n" + pem)), "");
    for (const auto other : {Algorithm::rs256, Algorithm::es256, Algorithm::eddsa}) {
      EXPECT_EQ(Key::from_pem(other, pem).ok(), other == algorithm) << name_of(other);
    }
  }
}

TEST(Key, APemOfAWeakerOrOtherKeyIsRefused) {
  const auto refused = [](Algorithm algorithm, const KeyPair& pair) {
    return refusal(Key::from_pem(algorithm, pair.public_pem));
  };
  EXPECT_EQ(refused(Algorithm::rs256, rsa_pair(1024)),
            "has 1024 bits: RS256 takes RSA keys of 2048 to 8192");
  EXPECT_EQ(refused(Algorithm::rs256, rsa_pair(2040)),
            "has 2040 bits: RS256 takes RSA keys of 2048 to 8192");
  for (const char* curve : {"P-384", "secp256k1"}) {
    EXPECT_EQ(refused(Algorithm::es256, curve_pair(curve)),
              "is no key on the curve P-256, as ES256 needs");
  }
  EXPECT_EQ(refused(Algorithm::eddsa, edwards_pair("ED448")), "is no Ed25519 key, as EdDSA needs");
}

TEST(Key, APemIsOnePublicKey) {
  const KeyPair pair = pair_for(Algorithm::eddsa);
  const auto refused = [](const std::string& pem) {
    return refusal(Key::from_pem(Algorithm::eddsa, pem));
  };
  EXPECT_TRUE(refused(pair.private_pem).starts_with("holds a private key"));
  EXPECT_TRUE(refused("-----BEGIN CERTIFICATE-----\n").starts_with("holds a certificate"));
  EXPECT_TRUE(refused(pair.public_pem + pair.public_pem).starts_with("holds more than one PEM"));
  EXPECT_TRUE(refused("").starts_with("holds no PEM"));
  EXPECT_EQ(refused("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
            "holds no public key that can be read");
  EXPECT_EQ(refused(std::string(40'000, 'a')), "is over 32768 bytes");
}

TEST(Key, TheNumbersOfAKeyAreChecked) {
  EXPECT_EQ(refusal(Key::p256(kP256X, kP256X)), "is no valid public key");  // not on the curve
  EXPECT_EQ(refusal(Key::p256(kP256X.substr(1), kP256Y)),
            "has a coordinate that is not 32 bytes long");
  EXPECT_EQ(refusal(Key::ed25519(kEdwardsX + "x")), "has an x that is not 32 bytes long");
  EXPECT_NE(refusal(Key::rsa(kModulus.substr(0, 128), kExponent)), "");
  EXPECT_NE(refusal(Key::rsa(kModulus, "\x01")), "");  // every text would be its own signature
  EXPECT_NE(refusal(Key::rsa(kModulus, "\x02")), "");
  EXPECT_NE(refusal(Key::rsa("", kExponent)), "");
  EXPECT_NE(refusal(Key::rsa(std::string(2000, '\xff'), kExponent)), "");
}

}  // namespace
}  // namespace rollcall::auth

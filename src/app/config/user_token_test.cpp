#include "app/config/user_token.hpp"

#include "app/config/token_keys.hpp"
#include "transport/auth/test_keys.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace rollcall::app {
namespace {

constexpr base::WallTime kNow{seconds(1'800'000'000)};

class UserTokenTest : public testing::Test {
 protected:
  UserTokenTest() {
    std::string name = (std::filesystem::temp_directory_path() / "rollcall-token-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    config_.secret = std::string(32, 's');
    config_.issuer = "https://id.example";
    config_.audience = "rollcall";
  }
  ~UserTokenTest() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name, const std::string& text) {
    const std::string path = (folder_ / name).string();
    std::ofstream(path) << text;
    return path;
  }
  void sign_with_ed25519() {
    const auth::KeyPair pair = auth::pair_for(auth::Algorithm::eddsa);
    config_.algorithm = "EdDSA";
    config_.secret.clear();
    config_.public_key_file = file("public.pem", pair.public_pem);
    request_.private_key_file = file("private.pem", pair.private_pem);
  }
  std::string refusal() const {
    const auto token = make_user_token(request_, config_, kNow);
    return token.ok() ? "" : token.error().message;
  }
  auth::Identity identity() const {
    const auto token = make_user_token(request_, config_, kNow);
    return load_verifier(config_).value()->verify(token.value(), kNow).value();
  }

  std::filesystem::path folder_;
  AuthConfig config_;
  TokenRequest request_{.user = "ann"};
};

TEST_F(UserTokenTest, IsWhatTheServerTakes) {
  request_.ttl = "90s";
  request_.watch = {"bob", "team-*"};
  const auth::Identity ann = identity();
  EXPECT_EQ(ann.user.text(), "ann");
  EXPECT_EQ(ann.expires_at, kNow + seconds(90));
  EXPECT_TRUE(ann.watch.allows("team-7"));
  EXPECT_FALSE(ann.watch.allows("cy"));
}

TEST_F(UserTokenTest, IsSignedWithThePrivateKey) {
  sign_with_ed25519();
  EXPECT_EQ(identity().user.text(), "ann");
  config_.public_key_file = file("public.pem", auth::pair_for(auth::Algorithm::eddsa).public_pem);
  EXPECT_EQ(refusal(), "--private-key-file: does not fit the key in auth.public_key_file");
  config_.algorithm = "ES256";
  EXPECT_EQ(refusal(), "--private-key-file: " + request_.private_key_file +
                           " is no key on the curve P-256, as ES256 needs");
  request_.private_key_file = "/nonexistent/key";
  EXPECT_EQ(refusal(), "--private-key-file: /nonexistent/key: No such file or directory");
  request_.private_key_file.clear();
  EXPECT_TRUE(refusal().starts_with("--private-key-file: must be given: ES256 signs with"));
}

TEST_F(UserTokenTest, NamesTheKeyOfASet) {
  sign_with_ed25519();
  config_.public_key_file.clear();
  config_.jwks_file =
      file("keys.json", R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":")" +
                            std::string(auth::kRfcEdwardsX) + "\"}]}");
  const std::string unfit =
      "--key-id: names no key in auth.jwks_file that fits --private-key-file";
  EXPECT_EQ(refusal(), unfit);
  request_.key_id = "a";
  EXPECT_EQ(refusal(), unfit);
  // RFC 8037, appendix A.1: the private half, as PKCS #8.
  request_.private_key_file =
      file("rfc.pem",
           "-----BEGIN PRIVATE KEY-----\n"
           "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
           "-----END PRIVATE KEY-----\n");
  EXPECT_EQ(refusal(), "");
}

TEST_F(UserTokenTest, SaysWhatToGive) {
  request_.user.clear();
  EXPECT_EQ(refusal(), "--sub: the id is empty");
  request_.user = "ann";
  for (const char* ttl : {"", "1", "1 h", "0s", "500ms", "-1h"}) {
    request_.ttl = ttl;
    EXPECT_TRUE(refusal().starts_with("--ttl: ")) << ttl;
  }
  request_.ttl = "1h";
  request_.watch = {""};
  EXPECT_EQ(refusal(), "--watch: the id is empty");
  request_.watch.assign(100, std::string(128, 'u'));
  EXPECT_EQ(refusal(), "--watch: a token of more than 8192 bytes is refused");
  request_.watch.clear();
  request_.private_key_file = "key.pem";
  EXPECT_TRUE(refusal().starts_with("--private-key-file: HS256 signs with"));
  request_.private_key_file.clear();
  config_.secret.clear();
  EXPECT_TRUE(refusal().starts_with("auth.secret_file: must be given"));
  config_.secret_file = file("secret", "hunter2");
  EXPECT_TRUE(refusal().starts_with("auth.secret_file: is under 32 bytes"));
}

}  // namespace
}  // namespace rollcall::app

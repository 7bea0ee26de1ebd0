#include "app/config/access_rules.hpp"

#include "app/config/user_token.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace rollcall::app {
namespace {

const std::string kFirstKey(32, 'a');
const std::string kSecondKey(32, 'b');

class AccessRulesTest : public testing::Test {
 protected:
  AccessRulesTest() {
    std::string name = (std::filesystem::temp_directory_path() / "rollcall-keys-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~AccessRulesTest() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name, const std::string& text) {
    const std::string path = (folder_ / name).string();
    std::ofstream(path) << text;
    return path;
  }
  void write_keys(const std::string& text) { config_.server.api_keys_file = file("keys", text); }

  std::filesystem::path folder_;
  Config config_;
};

TEST_F(AccessRulesTest, AreWhatTheConfigurationStates) {
  config_.dev = true;
  config_.server.allowed_origins = {"https://a.example"};
  config_.server.trusted_proxies = {"10.0.0.0/8", "::1"};
  const auto rules = load_access_rules(config_);
  ASSERT_TRUE(rules.ok());
  EXPECT_TRUE(rules.value()->dev);
  EXPECT_EQ(rules.value()->allowed_origins, config_.server.allowed_origins);
  EXPECT_TRUE(rules.value()->trusts(boost::asio::ip::make_address("10.1.2.3")));
  EXPECT_TRUE(rules.value()->trusts(boost::asio::ip::make_address("::1")));
  EXPECT_FALSE(rules.value()->trusts(boost::asio::ip::make_address("11.1.2.3")));
  EXPECT_TRUE(rules.value()->api_keys.empty());
}

TEST_F(AccessRulesTest, KeysComeFromTheConfigurationAndTheFile) {
  config_.server.api_keys = {kFirstKey};
  write_keys("# a comment\n\n" + kSecondKey + "\r\n");
  const auto rules = load_access_rules(config_);
  ASSERT_TRUE(rules.ok());
  EXPECT_EQ(rules.value()->api_keys, (std::vector<http::KeyDigest>{http::digest_of(kFirstKey),
                                                                   http::digest_of(kSecondKey)}));
}

TEST_F(AccessRulesTest, ABadKeyIsNamedByItsLineAndNotRepeated) {
  write_keys(kFirstKey + "\nhas a space in it, and is long enough\n");
  const auto rules = load_access_rules(config_);
  ASSERT_FALSE(rules.ok());
  EXPECT_TRUE(rules.error().message.starts_with(config_.server.api_keys_file + ":2: "));
  EXPECT_EQ(rules.error().message.find("a space in it"), std::string::npos);
}

TEST_F(AccessRulesTest, TheKeysOfTokensAndGatewayAreRead) {
  EXPECT_EQ(load_access_rules(config_).value()->verifier, nullptr);
  EXPECT_EQ(load_access_rules(config_).value()->gateway_secret, std::nullopt);
  config_.auth.secret_file = file("secret", std::string(32, 's') + "\r\n");
  config_.gateway.secret_file = file("gateway", kFirstKey + "\n");
  const auto rules = load_access_rules(config_);
  ASSERT_TRUE(rules.ok()) << rules.error().message;
  EXPECT_EQ(rules.value()->gateway_secret, http::digest_of(kFirstKey));
  const base::WallTime now = base::SystemClock().now();
  const auto token = make_user_token({.user = "ann"}, config_.auth, now);
  ASSERT_TRUE(token.ok()) << token.error().message;
  EXPECT_TRUE(rules.value()->verifier->verify(token.value(), now).ok());
}

TEST_F(AccessRulesTest, ABadSecretIsNamedByItsSettingAndNotRepeated) {
  config_.auth.secret_file = file("secret", "hunter2");
  auto rules = load_access_rules(config_);
  ASSERT_FALSE(rules.ok());
  EXPECT_TRUE(rules.error().message.starts_with("auth.secret_file: " + config_.auth.secret_file +
                                                ": is under 32 bytes"));
  EXPECT_EQ(rules.error().message.find("hunter2"), std::string::npos);
  config_.auth.secret_file.clear();
  config_.gateway.secret_file = file("gateway", "hunter2");
  rules = load_access_rules(config_);
  ASSERT_FALSE(rules.ok());
  EXPECT_TRUE(rules.error().message.starts_with("gateway.secret_file: "));
  EXPECT_EQ(rules.error().message.find("hunter2"), std::string::npos);
}

TEST_F(AccessRulesTest, AMissingFileAndABadRangeAreErrors) {
  config_.server.api_keys_file = (folder_ / "missing").string();
  EXPECT_FALSE(load_access_rules(config_).ok());
  config_.server.api_keys_file.clear();
  config_.server.trusted_proxies = {"10.0.0.0/33"};
  EXPECT_FALSE(load_access_rules(config_).ok());
}

}  // namespace
}  // namespace rollcall::app

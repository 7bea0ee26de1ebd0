#include "app/access_rules.hpp"

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

  void write_keys(const std::string& text) {
    config_.server.api_keys_file = (folder_ / "keys").string();
    std::ofstream(config_.server.api_keys_file) << text;
  }

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

TEST_F(AccessRulesTest, AMissingFileAndABadRangeAreErrors) {
  config_.server.api_keys_file = (folder_ / "missing").string();
  EXPECT_FALSE(load_access_rules(config_).ok());
  config_.server.api_keys_file.clear();
  config_.server.trusted_proxies = {"10.0.0.0/33"};
  EXPECT_FALSE(load_access_rules(config_).ok());
}

}  // namespace
}  // namespace rollcall::app

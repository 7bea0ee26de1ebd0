#include "transport/http/user_access.hpp"

#include "transport/auth/signer.hpp"

#include <initializer_list>
#include <string>

#include <gtest/gtest.h>

namespace rollcall::http {
namespace {

using std::chrono::seconds;

const std::string kSecret(32, 's');
const std::string kGatewaySecret = "a secret of the gateway's";
constexpr base::WallTime kNow{seconds(1'800'000'000)};

std::string token_of(const std::string& user, const std::string& secret = kSecret) {
  const auto signer = auth::Signer::from_secret(secret).value();
  return signer.sign(R"({"alg":"HS256"})",
                     R"({"sub":")" + user + R"(","exp":1800000060,"rollcall":{"watch":["b*"]}})");
}

class UserAccessTest : public testing::Test {
 protected:
  void take_tokens() {
    rules_.verifier = std::make_shared<const auth::Verifier>(
        auth::KeySet::single(auth::Key::from_secret(kSecret).value()), auth::ClaimRules{});
  }
  void trust_gateway() { rules_.gateway_secret = digest_of(kGatewaySecret); }

  base::Result<auth::Identity> identified(std::initializer_list<Header> headers,
                                          std::string_view query = {},
                                          TokenPlaces places = TokenPlaces::of_a_socket) {
    Request request;
    request.headers = headers;
    return identify_user(rules_, request, query, places, kNow);
  }
  // The user, or the code of the refusal in brackets.
  std::string user(std::initializer_list<Header> headers, std::string_view query = {},
                   TokenPlaces places = TokenPlaces::of_a_socket) {
    const auto identity = identified(headers, query, places);
    if (identity) return identity.value().user.text();
    return "[" + std::string(identity.error().code) + "]";
  }

  AccessRules rules_;
  const std::string ann_ = token_of("ann");
  const std::string forged_ = token_of("ann", std::string(32, 't'));
  const std::string bearer_ = "Bearer " + ann_;
  const std::string protocols_ = "rollcall.v1, bearer." + ann_;
  const std::string in_query_ = "access_token=" + ann_;
};

TEST_F(UserAccessTest, NobodyIsKnownWhenNothingIsConfigured) {
  EXPECT_EQ(user({}), "[token_not_configured]");
  EXPECT_EQ(user({{"Authorization", bearer_}}), "[token_not_configured]");
  EXPECT_EQ(user({{"X-User-ID", "ann"}, {"X-Gateway-Secret", ""}}), "[token_not_configured]");
  EXPECT_EQ(user({}, "user_id=ann"), "[token_not_configured]");
}

TEST_F(UserAccessTest, ATokenNamesTheUserWhereverItStands) {
  take_tokens();
  EXPECT_EQ(user({{"Authorization", bearer_}}), "ann");
  EXPECT_EQ(user({{"authorization", "bearer   " + ann_}}), "ann");
  EXPECT_EQ(user({{"Sec-WebSocket-Protocol", protocols_}}), "ann");
  EXPECT_EQ(user({{"Sec-WebSocket-Protocol", "rollcall.v1"},
                  {"sec-websocket-protocol", " bearer." + ann_ + "\t"}}),
            "ann");
  EXPECT_EQ(user({}, in_query_), "ann");
  EXPECT_EQ(user({{"Authorization", "Basic eDp5"}}, in_query_), "ann");
  const auto identity = identified({{"Authorization", bearer_}}).value();
  EXPECT_EQ(identity.expires_at, kNow + seconds(60));
  EXPECT_TRUE(identity.watch.allows("bob"));
}

TEST_F(UserAccessTest, OnlyASocketMayLeaveTheHeaderOut) {
  take_tokens();
  const auto header_only = TokenPlaces::header_only;
  EXPECT_EQ(user({{"Authorization", bearer_}}, {}, header_only), "ann");
  EXPECT_EQ(user({{"Sec-WebSocket-Protocol", protocols_}}, {}, header_only), "[token_required]");
  EXPECT_EQ(user({}, in_query_, header_only), "[token_required]");
}

TEST_F(UserAccessTest, BadTokensAreAllAlike) {
  take_tokens();
  EXPECT_EQ(user({{"Authorization", "Bearer " + forged_}}), "[invalid_token]");
  EXPECT_EQ(user({{"Authorization", "Bearer x"}}), "[invalid_token]");
  EXPECT_EQ(user({{"Sec-WebSocket-Protocol", "bearer."}}), "[invalid_token]");
  EXPECT_EQ(user({}, "access_token="), "[invalid_token]");
  EXPECT_EQ(user({}, "access_token=" + ann_ + "%0a"), "[invalid_token]");
}

TEST_F(UserAccessTest, OneTokenIsEnough) {
  take_tokens();
  EXPECT_EQ(user({}), "[token_required]");
  EXPECT_EQ(user({}, "user_id=ann"), "[token_required]");
  EXPECT_EQ(user({{"Authorization", "Bearer "}}), "[token_required]");
  EXPECT_EQ(user({{"Authorization", bearer_}}, in_query_), "[several_tokens]");
  EXPECT_EQ(user({{"Authorization", bearer_}, {"Authorization", bearer_}}), "[several_tokens]");
  EXPECT_EQ(user({{"Sec-WebSocket-Protocol", protocols_ + ",bearer.x"}}), "[several_tokens]");
  EXPECT_EQ(user({}, "access_token=%"), "[bad_path]");
}

TEST_F(UserAccessTest, TheGatewayIsBelievedWithItsSecret) {
  trust_gateway();
  EXPECT_EQ(user({{"X-User-ID", "bob"}, {"X-Gateway-Secret", kGatewaySecret}}), "bob");
  EXPECT_EQ(user({{"x-user-id", "b\xc3\xb6"}, {"x-gateway-secret", kGatewaySecret}}), "b\xc3\xb6");
  const auto identity = identified({{"X-User-ID", "bob"}, {"X-Gateway-Secret", kGatewaySecret}});
  EXPECT_EQ(identity.value().expires_at, std::nullopt);
  EXPECT_FALSE(identity.value().watch.allows("ann"));
  EXPECT_EQ(user({{"X-User-ID", ""}, {"X-Gateway-Secret", kGatewaySecret}}), "[invalid_id]");
  EXPECT_EQ(
      user({{"X-User-ID", "bob"}, {"X-User-ID", "eve"}, {"X-Gateway-Secret", kGatewaySecret}}),
      "[several_users]");
}

TEST_F(UserAccessTest, WithoutTheSecretTheGatewaysHeaderIsNothing) {
  trust_gateway();
  ASSERT_TRUE(add_trusted_proxy(rules_, "0.0.0.0/0").ok());
  for (const std::string& secret : {std::string("wrong"), std::string(), kGatewaySecret + "x"}) {
    EXPECT_EQ(user({{"X-User-ID", "bob"}, {"X-Gateway-Secret", secret}}), "[token_required]");
  }
  EXPECT_EQ(user({{"X-User-ID", "bob"}}), "[token_required]");
  EXPECT_EQ(user({{"X-Gateway-Secret", kGatewaySecret}}), "[token_required]");
  EXPECT_EQ(user({{"X-User-ID", "bob"},
                  {"X-Gateway-Secret", "wrong"},
                  {"X-Gateway-Secret", kGatewaySecret}}),
            "[token_required]");
  take_tokens();
  EXPECT_EQ(user({{"X-User-ID", "bob"}, {"Authorization", bearer_}}), "ann");
  EXPECT_EQ(user({{"X-User-ID", "bob"}, {"X-Gateway-Secret", "x"}, {"Authorization", bearer_}}),
            "ann");
  EXPECT_EQ(user({{"X-User-ID", "bob"}, {"Authorization", "Bearer " + forged_}}),
            "[invalid_token]");
}

TEST_F(UserAccessTest, DevTakesUsersByNameAndTokensWhenItCan) {
  rules_.dev = true;
  EXPECT_EQ(user({}, "user_id=ann%2Flee"), "ann/lee");
  EXPECT_EQ(user({{"Authorization", bearer_}}, "user_id=bob"), "bob");
  EXPECT_TRUE(identified({}, "user_id=ann").value().watch.allows("anyone"));
  EXPECT_EQ(user({}), "[user_required]");
  EXPECT_EQ(user({}, "user_id="), "[invalid_id]");
  EXPECT_EQ(user({}, "user_id=%"), "[bad_path]");
  take_tokens();
  EXPECT_EQ(user({}, "user_id=bob"), "bob");
  EXPECT_EQ(user({{"Authorization", bearer_}}, "user_id=bob"), "ann");
  EXPECT_EQ(user({{"Authorization", "Bearer " + forged_}}, "user_id=bob"), "[invalid_token]");
}

}  // namespace
}  // namespace rollcall::http

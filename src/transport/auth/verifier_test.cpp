#include "transport/auth/verifier.hpp"

#include "transport/auth/base64url.hpp"
#include "transport/auth/signer.hpp"
#include "transport/auth/test_keys.hpp"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace rollcall::auth {
namespace {

using std::chrono::seconds;

const std::string kSecret(32, 's');
const std::string kHeader = R"({"alg":"HS256","typ":"JWT"})";
constexpr std::int64_t kNow = 1'800'000'000;
constexpr base::WallTime kNowTime{seconds(kNow)};
const ClaimRules kRules{"https://id.example", "rollcall", seconds(30)};

// The claims of a good token, with `more` instead of nothing behind them.
std::string claims(const std::string& more = "", const std::string& sub = "\"ann\"",
                   const std::string& exp = "1800000060") {
  return R"({"iss":"https://id.example","aud":"rollcall","sub":)" + sub + R"(,"exp":)" + exp +
         more + "}";
}

Verifier verifier(ClaimRules rules = kRules) {
  return {KeySet::single(Key::from_secret(kSecret).value()), std::move(rules)};
}

std::string token(const std::string& payload, const std::string& header = kHeader) {
  return Signer::from_secret(kSecret).value().sign(header, payload);
}

std::string signature_of(const std::string& token) {
  return token.substr(token.rfind('.') + 1);
}

TEST(Verifier, TakesAGoodToken) {
  const auto identity = verifier().verify(token(claims()), kNowTime);
  ASSERT_TRUE(identity.ok());
  EXPECT_EQ(identity.value().user.text(), "ann");
  EXPECT_EQ(identity.value().expires_at, kNowTime + seconds(60));
  EXPECT_FALSE(identity.value().watch.allows("bob"));
}

TEST(Verifier, TakesWhatOthersWriteInTokens) {
  const auto takes = [](const std::string& text, ClaimRules rules = kRules) {
    return verifier(std::move(rules)).verify(text, kNowTime).ok();
  };
  EXPECT_TRUE(takes(token(claims(R"(,"iat":1800000030,"nbf":1800000030)"))));
  EXPECT_TRUE(takes(token(claims(R"(,"iat":1799999999.5,"jti":"1","roles":["a"],"x":{"y":[]})"))));
  EXPECT_TRUE(takes(token(claims("", "\"ann\"", "1800000000.001"))));
  EXPECT_TRUE(takes(token(claims("", "\"ann\"", "1e300"))));
  EXPECT_TRUE(takes(token(claims("", '"' + std::string(128, 'u') + '"'))));
  EXPECT_TRUE(takes(token(" " + claims() + "\n", R"({ "alg":"HS256","x5t":"a","cty":"JWT" })")));
  EXPECT_TRUE(takes(token(claims(), R"({"alg":"HS256","kid":"any"})")));
  EXPECT_TRUE(takes(token(
      R"({"iss":"https://id.example","aud":["a","rollcall"],"sub":"ann","exp":1800000060})")));
  EXPECT_TRUE(takes(token(R"({"iss":1,"aud":{},"sub":"ann","exp":1800000060})"), {}));
}

TEST(Verifier, TakesNothingBehindTheLongestToken) {
  std::string longest;
  for (std::size_t filling = 5900; longest.size() < Verifier::kMaxTokenBytes; ++filling) {
    longest = token(std::string(filling, ' ') + claims());
  }
  ASSERT_EQ(longest.size(), Verifier::kMaxTokenBytes);
  EXPECT_TRUE(verifier().verify(longest, kNowTime).ok());
  EXPECT_FALSE(verifier().verify(longest + "A", kNowTime).ok());
  EXPECT_FALSE(verifier().verify(longest + ".", kNowTime).ok());
}

TEST(Verifier, GivesTheGrantOfTheToken) {
  const auto watch = [](const std::string& list) {
    return verifier()
        .verify(token(claims(R"(,"rollcall":{"watch":)" + list + "}")), kNowTime)
        .value()
        .watch;
  };
  EXPECT_TRUE(watch(R"(["*"])").allows("bob"));
  EXPECT_TRUE(watch(R"(["team-*","cy"])").allows("team-1"));
  EXPECT_FALSE(watch(R"(["team-*","cy"])").allows("bob"));
  EXPECT_FALSE(watch("[]").allows("bob"));
}

TEST(Verifier, LeavesLeewayToClocksAndNoneToTheEnd) {
  const auto at = [](base::WallTime now) {
    return verifier().verify(token(claims(R"(,"nbf":1800000000)")), now).ok();
  };
  EXPECT_FALSE(at(kNowTime - seconds(30) - base::Millis(1)));
  EXPECT_TRUE(at(kNowTime - seconds(30)));
  EXPECT_TRUE(at(kNowTime + seconds(60) - base::Millis(1)));
  EXPECT_FALSE(at(kNowTime + seconds(60)));
}

struct BadToken {
  std::string name;
  std::string text;
};

BadToken bad_header(const std::string& name, const std::string& header) {
  return {"header_" + name, token(claims(), header)};
}

BadToken bad_claims(const std::string& name, const std::string& payload) {
  return {"claims_" + name, token(payload)};
}

BadToken bad_shape(const std::string& name, const std::string& text) {
  return {"shape_" + name, text};
}

std::vector<BadToken> bad_headers() {
  return {
      bad_header("alg_none", R"({"alg":"none"})"),
      bad_header("alg_none_in_capitals", R"({"alg":"NONE"})"),
      bad_header("alg_in_another_case", R"({"alg":"hs256"})"),
      bad_header("alg_missing", R"({"typ":"JWT"})"),
      bad_header("alg_twice", R"({"alg":"HS256","alg":"HS256"})"),
      bad_header("alg_twice_by_an_escape", R"({"alg":"HS256","\u0061lg":"none"})"),
      bad_header("alg_of_another_key", R"({"alg":"RS256"})"),
      bad_header("alg_hs384", R"({"alg":"HS384"})"),
      bad_header("alg_no_string", R"({"alg":["HS256"]})"),
      bad_header("alg_null", R"({"alg":null})"),
      bad_header("alg_with_a_nul", R"({"alg":"HS256\u0000"})"),
      bad_header("crit", R"({"alg":"HS256","crit":["exp"],"exp":1})"),
      bad_header("crit_empty", R"({"alg":"HS256","crit":[]})"),
      bad_header("b64_false", R"({"alg":"HS256","b64":false})"),
      bad_header("jwk", R"({"alg":"HS256","jwk":{"kty":"oct","k":"AAAA"}})"),
      bad_header("jku", R"({"alg":"HS256","jku":"https://a.example/keys"})"),
      bad_header("x5u", R"({"alg":"HS256","x5u":"https://a.example/keys"})"),
      bad_header("x5c", R"({"alg":"HS256","x5c":["AAAA"]})"),
      bad_header("kid_no_string", R"({"alg":"HS256","kid":1})"),
      bad_header("no_object", R"(["HS256"])"),
      bad_header("empty", ""),
      bad_header("something_behind", R"({"alg":"HS256"}{})"),
      bad_header("another_name_twice", R"({"alg":"HS256","a":{"b":1,"b":1}})"),
  };
}

std::vector<BadToken> bad_times() {
  return {
      bad_claims("exp_missing", R"({"iss":"https://id.example","aud":"rollcall","sub":"ann"})"),
      bad_claims("exp_a_string", claims("", "\"ann\"", "\"1800000060\"")),
      bad_claims("exp_null", claims("", "\"ann\"", "null")),
      bad_claims("exp_true", claims("", "\"ann\"", "true")),
      bad_claims("exp_now", claims("", "\"ann\"", "1800000000")),
      bad_claims("exp_past", claims("", "\"ann\"", "1799999999")),
      bad_claims("exp_negative", claims("", "\"ann\"", "-1e300")),
      bad_claims("exp_in_words", claims("", "\"ann\"", "Infinity")),
      bad_claims("exp_no_number", claims("", "\"ann\"", "-0e666060")),
      bad_claims("nbf_no_number", claims(R"(,"nbf":-0e666060)")),
      bad_claims("nbf_future", claims(R"(,"nbf":1800000031)")),
      bad_claims("nbf_a_string", claims(R"(,"nbf":"1")")),
      bad_claims("iat_future", claims(R"(,"iat":1800000031)")),
      bad_claims("iat_far_future", claims(R"(,"iat":1e300)")),
      bad_claims("iat_null", claims(R"(,"iat":null)")),
  };
}

std::vector<BadToken> bad_names() {
  const std::string end = R"(,"exp":1800000060})";
  return {
      bad_claims("sub_missing",
                 R"({"iss":"https://id.example","aud":"rollcall","exp":1800000060})"),
      bad_claims("sub_empty", claims("", R"("")")),
      bad_claims("sub_a_number", claims("", "7")),
      bad_claims("sub_null", claims("", "null")),
      bad_claims("sub_too_long", claims("", '"' + std::string(129, 'u') + '"')),
      bad_claims("sub_with_a_control_character", claims("", R"("a\nb")")),
      bad_claims("sub_twice", claims(R"(,"sub":"ann")")),
      bad_claims("exp_twice", claims(R"(,"exp":1800000060)")),
      bad_claims("inner_name_twice", claims(R"(,"x":{"a":1,"a":1})")),
      bad_claims("iss_missing", R"({"aud":"rollcall","sub":"ann")" + end),
      bad_claims("iss_wrong",
                 R"({"iss":"https://id.example/","aud":"rollcall","sub":"ann")" + end),
      bad_claims("iss_a_list",
                 R"({"iss":["https://id.example"],"aud":"rollcall","sub":"a")" + end),
      bad_claims("aud_missing", R"({"iss":"https://id.example","sub":"ann")" + end),
      bad_claims("aud_wrong", R"({"iss":"https://id.example","aud":"Rollcall","sub":"ann")" + end),
      bad_claims("aud_empty", R"({"iss":"https://id.example","aud":[],"sub":"ann")" + end),
      bad_claims("aud_mixed",
                 R"({"iss":"https://id.example","aud":["rollcall",1],"sub":"a")" + end),
      bad_claims("aud_null", R"({"iss":"https://id.example","aud":null,"sub":"ann")" + end),
      bad_claims("watch_a_string", claims(R"(,"rollcall":{"watch":"*"})")),
      bad_claims("watch_of_numbers", claims(R"(,"rollcall":{"watch":["*",1]})")),
      bad_claims("watch_twice", claims(R"(,"rollcall":{"watch":[],"watch":["*"]})")),
      bad_claims("rollcall_a_list", claims(R"(,"rollcall":["*"])")),
      bad_claims("no_object", "[]"),
      bad_claims("empty", ""),
      bad_claims("bad_utf8", claims("", "\"\xff\"")),
  };
}

std::vector<BadToken> bad_shapes() {
  const std::string good = token(claims());
  const std::string start = good.substr(0, good.rfind('.') + 1);
  const std::string signature = signature_of(good);
  const std::size_t dot = good.find('.');
  const std::string unsigned_text =
      encode_base64url(R"({"alg":"none"})") + "." + encode_base64url(claims()) + ".";
  return {
      bad_shape("nothing", ""),
      bad_shape("a_word", "token"),
      bad_shape("dots", ".."),
      bad_shape("two_parts", start.substr(0, start.size() - 1)),
      bad_shape("four_parts", good + "."),
      bad_shape("five_parts", good + ".AAAA.AAAA"),
      bad_shape("no_signature", start),
      bad_shape("unsigned", unsigned_text),
      bad_shape("padding", good + "="),
      bad_shape("space_before", " " + good),
      bad_shape("line_end_behind", good + "\n"),
      bad_shape("space_in_claims", good.substr(0, dot + 1) + " " + good.substr(dot + 1)),
      bad_shape("nul_behind", good + std::string(1, '\0')),
      bad_shape("foreign_alphabet", start + "+" + signature.substr(1)),
      bad_shape("trailing_bits", good.substr(0, good.size() - 1) + char(good.back() + 1)),
      bad_shape("signature_cut", good.substr(0, good.size() - 3)),
      bad_shape("signature_longer", good + "AAAA"),
      bad_shape("signature_of_another", start + signature_of(token(claims(R"(,"x":1)")))),
      bad_shape("signature_zero", start + encode_base64url(std::string(32, '\0'))),
      bad_shape("too_long", token(std::string(6200, ' ') + claims())),
      bad_shape("far_too_long", std::string(1'000'000, 'A')),
      bad_shape("signed_with_another_secret",
                Signer::from_secret(std::string(32, 't')).value().sign(kHeader, claims())),
  };
}

std::vector<BadToken> bad_tokens() {
  std::vector<BadToken> all;
  for (auto& some : {bad_headers(), bad_times(), bad_names(), bad_shapes()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

class BadTokens : public testing::TestWithParam<BadToken> {};

TEST_P(BadTokens, AreAllRefusedAlike) {
  const auto identity = verifier().verify(GetParam().text, kNowTime);
  ASSERT_FALSE(identity.ok());
  EXPECT_EQ(identity.error().kind, base::Errc::unauthenticated);
  EXPECT_EQ(identity.error().code, "invalid_token");
  EXPECT_EQ(identity.error().message, "the token is not valid");
}

INSTANTIATE_TEST_SUITE_P(All, BadTokens, testing::ValuesIn(bad_tokens()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace rollcall::auth

#include "adapters/redis/handshake.hpp"

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace rollcall::redis {
namespace {

constexpr std::string_view kServer =
    "# Server\r\nredis_version:7.0.15\r\nrun_id:0123456789abcdef\r\n";
constexpr std::string_view kMemory = "# Memory\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n";

RespValue text_reply(RespType type, std::string_view text) {
  RespValue value;
  value.type = type;
  value.text = text;
  return value;
}
RespValue ok() {
  return text_reply(RespType::simple, "OK");
}
RespValue error(std::string_view text) {
  return text_reply(RespType::error, text);
}
RespValue info(std::string_view text) {
  return text_reply(RespType::verbatim, text);
}

RespValue hello(std::string_view version = "7.0.15", std::string_view role = "master") {
  RespValue value;
  value.type = RespType::map;
  for (const std::string_view word :
       {std::string_view("server"), std::string_view("redis"), std::string_view("version"),
        version, std::string_view("role"), role}) {
    value.elements.push_back(text_reply(RespType::bulk, word));
  }
  return value;
}

std::string words_of(const Command& command) {
  std::string bytes;
  command.append_to(bytes);
  RespParser parser;
  parser.feed(bytes);
  const RespValue value = parser.next().value().value();
  std::string words;
  for (const RespValue& word : value.elements) words += (words.empty() ? "" : " ") + word.text;
  return words;
}

// Answers one command after the other; what was asked, and how it ended.
struct Played {
  std::vector<std::string> asked;
  Handshake::Next end;
};

Played play(const Endpoint& endpoint, std::initializer_list<RespValue> replies) {
  Handshake handshake(endpoint);
  Played played{{}, handshake.begin()};
  for (const RespValue& reply : replies) {
    const auto* command = std::get_if<Command>(&played.end);
    if (command == nullptr) {
      ADD_FAILURE() << "it ended before all replies were used";
      return played;
    }
    played.asked.push_back(words_of(*command));
    played.end = handshake.on_reply(reply);
  }
  return played;
}

ServerFacts facts_of(const Played& played) {
  const auto* facts = std::get_if<ServerFacts>(&played.end);
  if (facts != nullptr) return *facts;
  ADD_FAILURE() << "no success";
  return {};
}

base::Error error_of(const Played& played) {
  const auto* failure = std::get_if<base::Error>(&played.end);
  if (failure != nullptr) return *failure;
  ADD_FAILURE() << "no error";
  return {base::Errc::internal, "", ""};
}

Endpoint with_password(std::string user, std::string password) {
  Endpoint endpoint;
  endpoint.user = std::move(user);
  endpoint.password = std::move(password);
  return endpoint;
}

TEST(Handshake, AsksForResp3AndTheServersState) {
  const Played played = play({}, {hello(), info(kServer), info(kMemory), ok()});
  EXPECT_EQ(played.asked, (std::vector<std::string>{"HELLO 3 SETNAME rollcall", "INFO server",
                                                    "INFO memory", "PING"}));
  const ServerFacts facts = facts_of(played);
  EXPECT_EQ(facts.protocol, 3);
  EXPECT_EQ(facts.version, "7.0.15");
  EXPECT_EQ(facts.run_id, "0123456789abcdef");
  EXPECT_EQ(facts.role, "master");
  EXPECT_EQ(facts.maxmemory_policy, "noeviction");
  EXPECT_TRUE(facts.warnings.empty());
}

TEST(Handshake, SendsCredentialsAndDatabase) {
  Endpoint endpoint = with_password("app", "secret");
  endpoint.database = 4;
  const Played played = play(endpoint, {hello(), ok(), info(kServer), info(kMemory), ok()});
  EXPECT_EQ(played.asked[0], "HELLO 3 AUTH app secret SETNAME rollcall");
  EXPECT_EQ(played.asked[1], "SELECT 4");
  EXPECT_EQ(play(with_password("", "secret"), {hello()}).asked[0],
            "HELLO 3 AUTH default secret SETNAME rollcall");
}

TEST(Handshake, FallsBackToAuthAndResp2) {
  const RespValue unknown = error("ERR unknown command `HELLO`, with args beginning with: `3`, ");
  const Played alone =
      play(with_password("", "secret"), {unknown, ok(), info(kServer), info(kMemory), ok()});
  EXPECT_EQ(alone.asked[1], "AUTH secret");
  EXPECT_EQ(facts_of(alone).protocol, 2);
  EXPECT_EQ(play(with_password("app", "secret"), {unknown, ok()}).asked[1], "AUTH app secret");
  EXPECT_EQ(play({}, {unknown, info(kServer)}).asked[1], "INFO server");
  EXPECT_EQ(play({}, {error("NOPROTO unsupported protocol version"), info(kServer)}).asked[1],
            "INFO server");
}

TEST(Handshake, RefusesOldServers) {
  const Played old = play({}, {hello("6.0.16"), info("redis_version:6.0.16\r\nrun_id:a\r\n")});
  EXPECT_EQ(error_of(old).code, "redis_too_old");
  EXPECT_NE(error_of(old).message.find("6.0.16"), std::string::npos);
  EXPECT_EQ(error_of(play({}, {hello("5.0"), error("NOPERM no")})).code, "redis_too_old");
  facts_of(play({}, {hello(), info("redis_version:6.2.0\r\n"), info(kMemory), ok()}));
  facts_of(play({}, {hello(), info("redis_version:10.0.1\r\n"), info(kMemory), ok()}));
}

TEST(Handshake, WarnsOfEvictionAndReplicas) {
  const Played evicting = play({}, {hello("7.0.15", "replica"), info(kServer),
                                    info("maxmemory_policy:allkeys-lru\r\n"), ok()});
  const ServerFacts facts = facts_of(evicting);
  EXPECT_EQ(facts.role, "replica");
  ASSERT_EQ(facts.warnings.size(), 2U);
  EXPECT_NE(facts.warnings[0].find("replica"), std::string::npos);
  EXPECT_NE(facts.warnings[1].find("allkeys-lru"), std::string::npos);
}

TEST(Handshake, ToleratesThatInfoIsForbidden) {
  const RespValue noperm = error("NOPERM this user has no permissions to run the 'info' command");
  const Played played = play({}, {hello(), noperm, ok()});
  EXPECT_EQ(played.asked.back(), "PING");
  EXPECT_EQ(facts_of(played).version, "7.0.15");
  EXPECT_TRUE(facts_of(played).run_id.empty());
  EXPECT_EQ(facts_of(played).warnings.size(), 1U);
  facts_of(play({}, {hello(), noperm, error("NOPERM this user has no permissions")}));
}

TEST(Handshake, EveryRefusalEndsItWithAClearError) {
  const std::vector<std::pair<std::string, std::string>> refusals{
      {"NOAUTH HELLO must be called with the client already authenticated", "redis_noauth"},
      {"WRONGPASS invalid username-password pair or user is disabled.", "redis_wrongpass"},
      {"ERR max number of clients reached", "redis_max_clients"},
      {"LOADING Redis is loading the dataset in memory", "redis_loading"},
      {"MASTERDOWN Link with MASTER is down", "redis_masterdown"},
      {"NOPERM this user has no permissions", "redis_noperm"},
      {"DENIED Redis is running in protected mode", "redis_handshake"},
      {"ERR something about app secret", "redis_handshake"},
  };
  for (const auto& [text, code] : refusals) {
    const base::Error failure = error_of(play(with_password("app", "secret"), {error(text)}));
    EXPECT_EQ(failure.kind, base::Errc::unavailable) << text;
    EXPECT_EQ(failure.code, code) << text;
    EXPECT_EQ(failure.message.find("secret"), std::string::npos) << text;
  }
}

TEST(Handshake, RefusalsOfLaterStepsEndItToo) {
  Endpoint endpoint;
  endpoint.database = 99;
  const auto range = error("ERR DB index is out of range");
  EXPECT_EQ(error_of(play(endpoint, {hello(), range})).code, "redis_handshake");
  const auto loading = error("LOADING Redis is loading the dataset in memory");
  EXPECT_EQ(error_of(play({}, {hello(), loading})).code, "redis_loading");
  EXPECT_EQ(error_of(play({}, {hello(), info(kServer), info(kMemory), loading})).code,
            "redis_loading");
  const auto unknown = error("ERR unknown command `HELLO`");
  const auto wrong = error("ERR invalid password");
  EXPECT_EQ(error_of(play(with_password("", "x"), {unknown, wrong})).code, "redis_wrongpass");
}

}  // namespace
}  // namespace rollcall::redis

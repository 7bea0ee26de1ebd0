#include "adapters/redis/envelope.hpp"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace rollcall::redis {
namespace {

using base::Millis;
using base::WallTime;
using ports::UserItem;

const core::UserId kAda = core::UserId::parse("ada").value();

base::Result<Envelope> parse(std::string_view text, const core::UserId* user = &kAda) {
  return parse_envelope(text, user, {});
}

template <typename T>
T item_of(std::string_view text) {
  auto envelope = parse(text);
  if (!envelope) {
    ADD_FAILURE() << envelope.error().message;
    return {};
  }
  return std::get<T>(std::get<UserItem>(envelope.value().body));
}

std::string question(std::string_view reply_to) {
  return "{\"who\":{\"replyTo\":\"" + std::string(reply_to) + "\",\"number\":7}}";
}

TEST(Envelope, AMessageByHand) {
  const auto message = item_of<core::MessagePtr>(R"({"message":"h\u00e9 \"you\"\n"})");
  EXPECT_EQ(message->payload, core::Payload::text);
  EXPECT_EQ(message->bytes, "h\xc3\xa9 \"you\"\n");
  EXPECT_EQ(parse(R"({"message":""})").value().from, "");
}

TEST(Envelope, MessagesComeBackByteForByte) {
  std::string text = "\x01\x1f \"\\/ \x7f \xc3\xa9 \xf0\x9f\x99\x82";
  text += '\0';
  const auto written = write_envelope("node", UserItem(core::make_text(text)));
  EXPECT_EQ(item_of<core::MessagePtr>(written)->bytes, text);
  EXPECT_EQ(parse(written).value().from, "node");
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  const auto binary =
      std::make_shared<const core::Message>(core::Message{core::Payload::binary, bytes});
  const auto read = item_of<core::MessagePtr>(write_envelope("", UserItem(binary)));
  EXPECT_EQ(read->payload, core::Payload::binary);
  EXPECT_EQ(read->bytes, bytes);
}

TEST(Envelope, APresenceEventIsOfTheChannelsUser) {
  const core::PresenceEvent event{kAda, core::Status::away, core::Reason::connected,
                                  WallTime(Millis(1'760'000'000'125)), 1'760'000'000'126};
  const auto written = write_envelope("node", UserItem(event));
  EXPECT_EQ(written, R"({"from":"node","presence":{"status":"away","reason":"connected",)"
                     R"("at":1760000000125,"seq":1760000000126}})");
  const auto read = std::get<core::PresenceEvent>(std::get<UserItem>(parse(written).value().body));
  EXPECT_EQ(read.user, kAda);
  EXPECT_EQ(read.status, event.status);
  EXPECT_EQ(read.reason, event.reason);
  EXPECT_EQ(read.at, event.at);
  EXPECT_EQ(read.seq, event.seq);
  EXPECT_FALSE(parse(written, nullptr).ok());
}

TEST(Envelope, QuestionsAndAnswers) {
  item_of<ports::Kick>(R"({"from":"x","kick":{}})");
  const auto asked = item_of<ports::Question>(question("rollcall:node:b:0"));
  EXPECT_EQ(asked.reply_to, "rollcall:node:b:0");
  EXPECT_EQ(asked.number, 7U);
  const ports::Answer answer{
      7, {{"c1", "n\"1", WallTime(Millis(5)), WallTime(Millis(6))}, {"c2", "n1", {}, {}}}};
  const auto read =
      std::get<ports::Answer>(parse(write_envelope("x", answer), nullptr).value().body);
  EXPECT_EQ(read.number, 7U);
  ASSERT_EQ(read.connections.size(), 2U);
  EXPECT_EQ(read.connections[0].id, "c1");
  EXPECT_EQ(read.connections[0].node, "n\"1");
  EXPECT_EQ(read.connections[0].connected_at, WallTime(Millis(5)));
  EXPECT_EQ(read.connections[0].last_pong, WallTime(Millis(6)));
}

TEST(Envelope, UnknownNamesAreIgnored) {
  EXPECT_EQ(item_of<core::MessagePtr>(R"({"message":"hi","sent":{"at":[1]}})")->bytes, "hi");
}

TEST(Envelope, RefusesWhatItDoesNotUnderstand) {
  for (const std::string& text : std::vector<std::string>{
           "",
           "hi",
           "[]",
           "{}",
           "null",
           R"({"message":"a")",
           R"({"message":"a"} x)",
           R"({"message":1})",
           R"({"message":"a","kick":{}})",
           "{\"message\":\"\xff\"}",
           R"({"message":"\ud800"})",
           R"({'message':'a'})",
           R"({"message":"a",})",
           R"({"from":1,"message":"a"})",
           R"({"from":")" + std::string(129, 'x') + R"(","message":"a"})",
           R"({"binary":"Zg="})",
           R"({"binary":["Zg=="]})",
           R"({"kick":true})",
           question("rollcall:user:ada"),
           question("rollcall:node:" + std::string(99, 'x')),
           R"({"who":{"replyTo":"rollcall:node:b:0","number":-1}})",
           R"({"who":{"replyTo":"rollcall:node:b:0","number":1.5}})",
           R"({"who":{"replyTo":"rollcall:node:b:0","number":9007199254740992}})",
           R"({"presence":{"status":"gone","reason":"left","at":1,"seq":1}})",
           R"({"presence":{"status":"offline","reason":"why","at":1,"seq":1}})",
           R"({"presence":{"status":"offline","reason":"left","at":1}})",
           R"({"presence":{"status":"offline","reason":"left","at":"1","seq":1}})",
           R"({"here":{"number":1}})",
           R"({"here":{"number":1,"connections":[{}]}})",
           R"({"canary":{}})",
           std::string(100, '[')}) {
    const auto envelope = parse(text);
    ASSERT_FALSE(envelope.ok()) << text;
    EXPECT_EQ(envelope.error().kind, base::Errc::invalid_argument);
  }
}

TEST(Envelope, LimitsComeBeforeParsing) {
  EnvelopeLimits limits;
  limits.bytes = 20;
  EXPECT_EQ(parse_envelope(R"({"message":"12345"})", nullptr, limits).ok(), true);
  const auto refused = parse_envelope(R"({"message":"1234567"})", nullptr, limits);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, base::Errc::too_large);
  ports::Answer answer;
  answer.connections.resize(3);
  limits = {};
  limits.connections = 2;
  EXPECT_FALSE(parse_envelope(write_envelope("", answer), nullptr, limits).ok());
}

}  // namespace
}  // namespace rollcall::redis

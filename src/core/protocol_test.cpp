#include "core/protocol.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace rollcall::core {
namespace {

UserId user(std::string_view id) {
  return UserId::parse(id).value();
}

TEST(Protocol, EscapesWhatJsonMustHaveEscaped) {
  std::string out;
  append_json_string(out, std::string("a\"b\\c\x01\n\x7f\xc3\xa9\xf0\x9f\x98\x80", 14));
  EXPECT_EQ(out, "\"a\\\"b\\\\c\\u0001\\u000a\x7f\xc3\xa9\xf0\x9f\x98\x80\"");
}

TEST(Protocol, WelcomesWithAllThatAClientNeeds) {
  const Uuid id = Uuid::random();
  EXPECT_EQ(welcome_text({id, user("a\"da"), "node-1", base::Millis(54'000)}),
            R"({"type":"rollcall.welcome","connection":")" + id.text() +
                R"(","user":"a\"da","node":"node-1","pingMs":54000})");
}

TEST(Protocol, TellsAChangeOfPresence) {
  const PresenceEvent event{user("ada"), Status::offline, Reason::node_lost,
                            base::WallTime(base::Millis(1'700'000'000'123)), 1'700'000'000'124};
  EXPECT_EQ(presence_text(event),
            R"({"type":"rollcall.presence","user":"ada","status":"offline",)"
            R"("reason":"node_lost","at":1700000000123,"seq":1700000000124})");
}

TEST(Protocol, TellsHowUsersStand) {
  EXPECT_EQ(presence_state_text({}), R"({"type":"rollcall.presence_state","users":{}})");
  const std::vector<std::pair<UserId, Status>> users{
      {user("ada"), Status::online}, {user("b{b"), Status::away}, {user("cy"), Status::offline}};
  EXPECT_EQ(presence_state_text(users),
            R"({"type":"rollcall.presence_state",)"
            R"("users":{"ada":"online","b{b":"away","cy":"offline"}})");
}

TEST(Protocol, TellsTheRest) {
  EXPECT_EQ(pong_text(), R"({"type":"rollcall.pong"})");
  EXPECT_EQ(token_expiring_text(base::Millis(29'900)),
            R"({"type":"rollcall.token_expiring","expiresInMs":29900})");
  EXPECT_EQ(error_text("watch_forbidden", "no \"*\""),
            R"({"type":"rollcall.error","code":"watch_forbidden","message":"no \"*\""})");
}

}  // namespace
}  // namespace rollcall::core

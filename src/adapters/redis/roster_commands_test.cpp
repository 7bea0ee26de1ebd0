#include "adapters/redis/roster_commands.hpp"

#include <gtest/gtest.h>

namespace rollcall::redis {
namespace {

using base::Millis;

const RosterLayout kSessions{"online_sessions", Millis(900'000), ScoreUnit::milliseconds,
                             Millis(0)};
const RosterLayout kNavbar{"crm_navbar:live_users", Millis(300'000), ScoreUnit::seconds,
                           Millis(86'400'000)};

core::MemberId member(std::string_view text) {
  return core::MemberId::parse(text).value();
}

std::vector<std::string> words_of(const Command& command) {
  std::string bytes;
  command.append_to(bytes);
  RespParser parser;
  parser.feed(bytes);
  const RespValue value = parser.next().value().value();
  std::vector<std::string> words;
  for (const RespValue& word : value.elements) words.push_back(word.text);
  return words;
}

RespValue parsed(std::string_view bytes) {
  RespParser parser;
  parser.feed(bytes);
  return parser.next().value().value();
}

TEST(RosterKeys, ShareASlot) {
  const RosterKeys plain("online_sessions");
  EXPECT_EQ(plain.roster, "online_sessions");
  EXPECT_EQ(plain.left, "{online_sessions}:left");
  EXPECT_EQ(plain.epoch, "{online_sessions}:epoch");
  EXPECT_EQ(plain.listed("ab"), "{online_sessions}:listed:ab");
  const RosterKeys tagged("app:{tenant}:online");
  EXPECT_EQ(tagged.roster, "app:{tenant}:online");
  EXPECT_EQ(tagged.left, "app:{tenant}:online:left");
  EXPECT_EQ(tagged.epoch, "app:{tenant}:online:epoch");
  EXPECT_EQ(RosterKeys("a{b").left, "{a{b}:left");
}

base::WallTime at(std::int64_t ms) {
  return base::WallTime(Millis(ms));
}

CommitCall call_at(std::int64_t sent_ms) {
  CommitCall call;
  call.new_epoch = "e1";
  call.window = {at(sent_ms), Millis(150)};
  return call;
}

TEST(CommitArguments, PutTouchesBeforeLeaves) {
  const std::vector<core::Change> changes{{member("gone"), true, kFresh},
                                          {member("fresh"), false, kFresh},
                                          {member("aged"), false, Millis(1500)},
                                          {member("left"), true, Millis(20)}};
  auto call = call_at(1'760'000'000'000);
  call.waited = Millis(100);
  call.witness = Witness{"e0", at(1'759'999'999'000), "seen"};
  EXPECT_EQ(words_of(commit_arguments(kSessions, RosterKeys(kSessions.key), call, changes)),
            (std::vector<std::string>{"3",
                                      "online_sessions",
                                      "{online_sessions}:left",
                                      "{online_sessions}:epoch",
                                      "ms",
                                      "900000",
                                      "0",
                                      "e1",
                                      "1760000000000",
                                      "150",
                                      "e0",
                                      "1759999999000",
                                      "seen",
                                      "",
                                      "",
                                      "2",
                                      "0",
                                      "fresh",
                                      "1601",
                                      "aged",
                                      "0",
                                      "gone",
                                      "120",
                                      "left"}));
}

TEST(CommitArguments, OfACountTellNoChange) {
  const auto words = words_of(commit_arguments(kNavbar, RosterKeys(kNavbar.key), call_at(5), {}));
  EXPECT_EQ((std::vector<std::string>{words.begin() + 4, words.end()}),
            (std::vector<std::string>{"s", "300000", "86400000", "e1", "5", "150", "", "0", "", "",
                                      "", "0"}));
}

TEST(CommitArguments, OfAMergeHoldNothingFresh) {
  const std::vector<core::Change> changes{{member("ada"), false, Millis(0)},
                                          {member("bob"), true, Millis(0)}};
  auto call = call_at(5);
  call.merge = true;
  call.reset_age = Millis(700);
  call.waited = Millis(3);
  const auto words = words_of(commit_arguments(kSessions, RosterKeys("k"), call, changes));
  EXPECT_EQ((std::vector<std::string>{words.begin() + 13, words.end()}),
            (std::vector<std::string>{"merge", "703", "1", "4", "ada", "3", "bob"}));
  call.fills = true;
  EXPECT_EQ(words_of(commit_arguments(kSessions, RosterKeys("k"), call, changes))[13], "fill");
}

TEST(ParseCommit, ReadsTheFields) {
  const auto reply = parse_commit(
      parsed("*6\r\n:7\r\n:1760000000125\r\n$2\r\ne1\r\n:1760000000100\r\n:1\r\n:0\r\n"));
  ASSERT_TRUE(reply.ok());
  EXPECT_FALSE(reply.value().late);
  EXPECT_EQ(reply.value().online, 7U);
  EXPECT_EQ(reply.value().now, at(1'760'000'000'125));
  EXPECT_EQ(reply.value().epoch, "e1");
  EXPECT_EQ(reply.value().reset_at, at(1'760'000'000'100));
  EXPECT_TRUE(reply.value().merging);
  EXPECT_FALSE(reply.value().more);
  const auto plain = parse_commit(parsed("*6\r\n:7\r\n:5\r\n$0\r\n\r\n:0\r\n:0\r\n:1\r\n"));
  EXPECT_FALSE(plain.value().reset_at);
  EXPECT_FALSE(plain.value().merging);
  EXPECT_TRUE(plain.value().more);
}

TEST(ParseCommit, KnowsOneThatCameTooLate) {
  const auto reply = parse_commit(parsed("*2\r\n$4\r\nlate\r\n:1760000000125\r\n"));
  ASSERT_TRUE(reply.ok());
  EXPECT_TRUE(reply.value().late);
  EXPECT_EQ(reply.value().now, at(1'760'000'000'125));
}

TEST(ParseCommit, RefusesOtherShapes) {
  for (const char* bytes :
       {":1\r\n", "*0\r\n", "*3\r\n:1\r\n:1\r\n:1\r\n", "+OK\r\n", "_\r\n", "*2\r\n:1\r\n:1\r\n",
        "*6\r\n:-1\r\n:1\r\n$1\r\ne\r\n:1\r\n:0\r\n:0\r\n",
        "*6\r\n$1\r\n1\r\n:1\r\n$1\r\ne\r\n:1\r\n:0\r\n:0\r\n"}) {
    const auto reply = parse_commit(parsed(bytes));
    ASSERT_FALSE(reply.ok()) << bytes;
    EXPECT_EQ(reply.error().code, "redis_reply");
  }
}

TEST(ParseProbe, TakesNoReplica) {
  EXPECT_TRUE(parse_probe(parsed("$0\r\n\r\n")).ok()) << "INFO is not for this user";
  EXPECT_TRUE(parse_probe(parsed("+role:master\r\n")).ok());
  const auto replica = parse_probe(parsed("+role:slave\r\n"));
  ASSERT_FALSE(replica.ok());
  EXPECT_EQ(replica.error().code, "redis_replica");
  EXPECT_FALSE(parse_probe(parsed(":1\r\n")).ok());
}

TEST(ParseSightings, TellsWhoIsLive) {
  const auto sightings = parse_sightings(
      kSessions, parsed("*5\r\n:1000000\r\n$6\r\n100000\r\n$5\r\n99999\r\n_\r\n$7\r\n1000500\r\n"),
      4);
  ASSERT_TRUE(sightings.ok());
  ASSERT_EQ(sightings.value().size(), 4U);
  ASSERT_TRUE(sightings.value()[0]) << "the boundary is live";
  EXPECT_EQ(sightings.value()[0]->age, Millis(900'000));
  EXPECT_FALSE(sightings.value()[1]);
  EXPECT_FALSE(sightings.value()[2]);
  ASSERT_TRUE(sightings.value()[3]);
  EXPECT_EQ(sightings.value()[3]->age, Millis(0)) << "a clock that is ahead";
}

TEST(ParseSightings, ReadsFloatSeconds) {
  const auto sightings =
      parse_sightings(kNavbar, parsed("*2\r\n:1760000001000\r\n$17\r\n1760000000.123457\r\n"), 1);
  ASSERT_TRUE(sightings.ok());
  ASSERT_TRUE(sightings.value()[0]);
  EXPECT_EQ(sightings.value()[0]->last_seen.time_since_epoch(), Millis(1'760'000'000'123));
}

TEST(ParseSightings, RefusesOtherShapes) {
  EXPECT_FALSE(parse_sightings(kSessions, parsed("*0\r\n"), 0).ok());
  EXPECT_FALSE(parse_sightings(kSessions, parsed("*1\r\n:1\r\n"), 1).ok());
  EXPECT_FALSE(parse_sightings(kSessions, parsed("*2\r\n:1\r\n$1\r\nx\r\n"), 1).ok());
  EXPECT_FALSE(parse_sightings(kSessions, parsed("+OK\r\n"), 0).ok());
}

TEST(ParseList, ReadsAPageAndLeavesOutWhatIsNoId) {
  const ListCursor from{"listing", 2, "", ""};
  const auto page = parse_list(
      parsed("*6\r\n$4\r\npage\r\n$2\r\n42\r\n$1\r\nz\r\n$1\r\na\r\n$1\r\n\x01\r\n$1\r\nz\r\n"),
      from);
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page.value().members, (std::vector{member("a"), member("z")}));
  ASSERT_TRUE(page.value().next);
  EXPECT_EQ(*page.value().next, (ListCursor{"listing", 3, "42", "z"}));
}

TEST(ParseList, KnowsTheEndAndALostListing) {
  const auto end = parse_list(parsed("*3\r\n$4\r\npage\r\n$0\r\n\r\n$0\r\n\r\n"), {});
  ASSERT_TRUE(end.ok());
  EXPECT_FALSE(end.value().next);
  const auto lost = parse_list(parsed("*1\r\n$4\r\nlost\r\n"), {});
  ASSERT_FALSE(lost.ok());
  EXPECT_EQ(lost.error().kind, base::Errc::invalid_argument);
  EXPECT_FALSE(parse_list(parsed("*1\r\n$4\r\npage\r\n"), {}).ok());
  EXPECT_FALSE(parse_list(parsed(":1\r\n"), {}).ok());
}

TEST(ParseTrim, ReadsHowManyWent) {
  EXPECT_EQ(parse_trim(parsed("*3\r\n:12\r\n:0\r\n:1\r\n")).value(), 12U);
  EXPECT_FALSE(parse_trim(parsed("*1\r\n:12\r\n")).ok());
}

}  // namespace
}  // namespace rollcall::redis

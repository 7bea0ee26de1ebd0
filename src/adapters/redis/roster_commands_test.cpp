#include "adapters/redis/roster_commands.hpp"

#include "adapters/redis/epoch_watch.hpp"

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

TEST(CommitArguments, PutTouchesBeforeLeaves) {
  const std::vector<core::Change> changes{{member("gone"), true, Millis(0)},
                                          {member("fresh"), false, Millis(0)},
                                          {member("aged"), false, Millis(1500)},
                                          {member("ahead"), false, Millis(-5)}};
  const Command command = commit_arguments(kSessions, RosterKeys(kSessions.key), "e1", changes);
  EXPECT_EQ(words_of(command),
            (std::vector<std::string>{"3", "online_sessions", "{online_sessions}:left",
                                      "{online_sessions}:epoch", "ms", "900000", "0", "e1", "3",
                                      "0", "fresh", "1500", "aged", "0", "ahead", "0", "gone"}));
  const auto empty = words_of(commit_arguments(kNavbar, RosterKeys(kNavbar.key), "e1", {}));
  EXPECT_EQ((std::vector<std::string>{empty.begin() + 4, empty.end()}),
            (std::vector<std::string>{"s", "300000", "86400000", "e1", "0"}));
}

TEST(ParseCommit, ReadsTheFourFields) {
  const auto reply = parse_commit(parsed("*4\r\n:7\r\n:1760000000125\r\n$2\r\ne1\r\n:1\r\n"));
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply.value().online, 7U);
  EXPECT_EQ(reply.value().now.time_since_epoch(), Millis(1'760'000'000'125));
  EXPECT_EQ(reply.value().epoch, "e1");
  EXPECT_TRUE(reply.value().created_epoch);
}

TEST(ParseCommit, RefusesOtherShapes) {
  for (const char* bytes :
       {":1\r\n", "*0\r\n", "*3\r\n:1\r\n:1\r\n:1\r\n", "+OK\r\n", "_\r\n",
        "*4\r\n:-1\r\n:1\r\n$1\r\ne\r\n:1\r\n", "*4\r\n$1\r\n1\r\n:1\r\n$1\r\ne\r\n:1\r\n"}) {
    const auto reply = parse_commit(parsed(bytes));
    ASSERT_FALSE(reply.ok()) << bytes;
    EXPECT_EQ(reply.error().code, "redis_reply");
  }
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

TEST(EpochWatch, TellsALossOnce) {
  EpochWatch watch;
  EXPECT_FALSE(watch.lost(""));
  EXPECT_FALSE(watch.lost("a"));
  EXPECT_FALSE(watch.lost("a"));
  EXPECT_TRUE(watch.lost("b"));
  EXPECT_FALSE(watch.lost("b"));
  EXPECT_TRUE(watch.lost("")) << "a count after FLUSHALL";
  EXPECT_FALSE(watch.lost("c"));
}

}  // namespace
}  // namespace rollcall::redis

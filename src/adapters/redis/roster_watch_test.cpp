#include "adapters/redis/roster_watch.hpp"

#include <string_view>

#include <gtest/gtest.h>

namespace rollcall::redis {
namespace {

using base::Millis;

base::WallTime at(std::int64_t ms) {
  return base::WallTime(Millis(ms));
}

CommitReply reply_of(std::string_view epoch, std::optional<base::WallTime> reset_at = {}) {
  CommitReply reply;
  reply.now = at(1000);
  reply.epoch = epoch;
  reply.reset_at = reset_at;
  return reply;
}

TEST(RosterWatch, TellsALossOnce) {
  RosterWatch watch;
  EXPECT_FALSE(watch.heard(reply_of("")).lost);
  EXPECT_FALSE(watch.heard(reply_of("a")).lost);
  EXPECT_FALSE(watch.heard(reply_of("a")).lost);
  EXPECT_TRUE(watch.heard(reply_of("b")).lost);
  EXPECT_FALSE(watch.heard(reply_of("b")).lost);
  EXPECT_TRUE(watch.heard(reply_of("")).lost) << "a count after FLUSHALL";
  EXPECT_FALSE(watch.heard(reply_of("c")).lost);
}

TEST(RosterWatch, AnotherServerIsALossThatItsEpochDoesNotRepeat) {
  RosterWatch watch;
  EXPECT_FALSE(watch.met("run1"));
  EXPECT_FALSE(watch.heard(reply_of("a")).lost);
  EXPECT_FALSE(watch.met("run1")) << "the link was cut";
  EXPECT_TRUE(watch.met("run2"));
  EXPECT_FALSE(watch.heard(reply_of("b")).lost);
  EXPECT_TRUE(watch.heard(reply_of("c")).lost);
}

TEST(RosterWatch, AServerThatSaysNothingOfItselfIsTakenForTheSame) {
  RosterWatch watch;
  EXPECT_FALSE(watch.met(""));
  EXPECT_FALSE(watch.met("run1"));
  EXPECT_FALSE(watch.met(""));
  EXPECT_FALSE(watch.met("run1"));
  EXPECT_FALSE(watch.met(""));
  EXPECT_TRUE(watch.met("run2"));
}

TEST(RosterWatch, TellsEachResetWithItsAge) {
  RosterWatch watch;
  EXPECT_FALSE(watch.heard(reply_of("a")).reset_age);
  EXPECT_EQ(watch.heard(reply_of("a", at(900))).reset_age, Millis(100));
  EXPECT_FALSE(watch.heard(reply_of("a", at(900))).reset_age);
  EXPECT_EQ(watch.heard(reply_of("a", at(950))).reset_age, Millis(50));
  EXPECT_EQ(watch.heard(reply_of("a", at(1001))).reset_age, Millis(0)) << "after all of a lead";
  EXPECT_EQ(watch.heard(reply_of("a", at(800))).reset_age, Millis(200)) << "the clock was set";
}

TEST(RosterWatch, ATouchedMemberIsAWitnessUntilTheDataMayBeOthers) {
  RosterWatch watch;
  watch.met("run1");
  watch.heard(reply_of("a"));
  EXPECT_FALSE(watch.witness());
  watch.touched("ada", reply_of("a"));
  ASSERT_TRUE(watch.witness());
  EXPECT_EQ(watch.witness()->member, "ada");
  EXPECT_EQ(watch.witness()->epoch, "a");
  EXPECT_EQ(watch.witness()->touched, at(1000));
  watch.touched("ada", reply_of("a", at(1000)));
  EXPECT_EQ(watch.witness()->touched, at(1001)) << "a touch is after the reset";
  watch.met("run1");
  EXPECT_TRUE(watch.witness());
  watch.met("run2");
  EXPECT_FALSE(watch.witness());
  watch.touched("ada", reply_of("a"));
  watch.heard(reply_of("a"));
  watch.heard(reply_of("b"));
  EXPECT_FALSE(watch.witness());
  watch.touched("ada", reply_of("b"));
  watch.met("");
  EXPECT_FALSE(watch.witness()) << "who knows which server it is";
}

}  // namespace
}  // namespace rollcall::redis

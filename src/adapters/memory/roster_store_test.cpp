#include "adapters/memory/roster_store.hpp"

#include <chrono>
#include <map>
#include <string>

#include <gtest/gtest.h>

namespace rollcall::memory {
namespace {

using base::Millis;
using std::chrono::seconds;

core::MemberId member(const std::string& text) {
  return core::MemberId::parse(text).value();
}

// What a restart would find.
class RecordedJournal final : public ports::RosterJournal {
 public:
  base::Result<std::vector<ports::JournalEntry>> load(const std::string& /*roster*/) override {
    std::vector<ports::JournalEntry> entries;
    for (const auto& [text, last_seen] : kept) entries.push_back({member(text), last_seen, false});
    return entries;
  }
  void append(const std::string& /*roster*/, std::vector<ports::JournalEntry> entries) override {
    batch_sizes.push_back(entries.size());
    for (const auto& entry : entries) {
      kept.erase(entry.member.text());
      if (!entry.gone) kept.emplace(entry.member.text(), entry.last_seen);
    }
  }
  void clear(const std::string& /*roster*/) override { kept.clear(); }

  std::map<std::string, base::WallTime> kept;
  std::vector<std::size_t> batch_sizes;
};

class MemoryStore : public testing::Test {
 protected:
  std::unique_ptr<MemoryRosterStore> make_shard(std::size_t shard,
                                                std::size_t max_members = 1000) {
    return std::make_unique<MemoryRosterStore>(
        MemoryRosterOptions{"online", seconds(60), max_members}, counts_, shard,
        core::MemberHash(1), clock_, &journal_);
  }
  static std::uint64_t touch(MemoryRosterStore& store, const std::string& text,
                             Millis age = Millis{0}) {
    std::uint64_t online = 0;
    store.touch(member(text), age, [&](auto answer) { online = answer.value().online; });
    return online;
  }
  static std::uint64_t leave(MemoryRosterStore& store, const std::string& text) {
    std::uint64_t online = 0;
    store.leave(member(text), [&](auto answer) { online = answer.value().online; });
    return online;
  }
  static std::uint64_t count(MemoryRosterStore& store) {
    std::uint64_t online = 0;
    store.count([&](auto answer) { online = answer.value().online; });
    return online;
  }
  void pass(MemoryRosterStore& store, Millis time) {
    clock_.advance(time);
    store.tick();
  }
  std::vector<std::string> kept() const {
    std::vector<std::string> names;
    for (const auto& [text, last_seen] : journal_.kept) names.push_back(text);
    return names;
  }

  using Names = std::vector<std::string>;
  base::ManualClock clock_{base::WallTime{Millis{1'000'000'000}}};
  std::shared_ptr<core::ShardCounts> counts_ = std::make_shared<core::ShardCounts>(2);
  RecordedJournal journal_;
};

TEST_F(MemoryStore, ShardsCountTogether) {
  const auto first = make_shard(0);
  const auto second = make_shard(1);
  EXPECT_EQ(touch(*first, "ada"), 1U);
  EXPECT_EQ(touch(*second, "bob"), 2U);
  EXPECT_EQ(count(*first), 2U);
  EXPECT_EQ(leave(*first, "ada"), 1U);
  EXPECT_EQ(count(*second), 1U);
  clock_.advance(seconds(61));
  EXPECT_EQ(count(*second), 0U);
  touch(*second, "bob");
  clock_.advance(seconds(61));
  EXPECT_EQ(count(*first), 1U) << "the other shard has not ticked yet";
  second->tick();
  EXPECT_EQ(count(*first), 0U);
}

TEST_F(MemoryStore, AFullShardRefusesNewMembersUntilSomeExpire) {
  const auto store = make_shard(0, 2);
  touch(*store, "ada");
  touch(*store, "bob");
  std::string code;
  store->touch(member("eve"), Millis{0}, [&](auto answer) { code = answer.error().code; });
  EXPECT_EQ(code, "roster_full");
  EXPECT_EQ(touch(*store, "ada"), 2U);
  clock_.advance(seconds(61));
  EXPECT_EQ(touch(*store, "eve"), 1U);
}

TEST_F(MemoryStore, TheJournalGetsChangesOnceASecond) {
  const auto store = make_shard(0);
  touch(*store, "ada");
  touch(*store, "ada");
  touch(*store, "bob");
  pass(*store, Millis{999});
  EXPECT_EQ(kept(), Names{});
  pass(*store, Millis{1});
  EXPECT_EQ(kept(), (Names{"ada", "bob"}));
  EXPECT_EQ(journal_.batch_sizes, (std::vector<std::size_t>{2}));
  pass(*store, Millis{1000});
  EXPECT_EQ(journal_.batch_sizes.size(), 1U) << "nothing changed";
}

TEST_F(MemoryStore, TheJournalForgetsWhoIsGone) {
  const auto store = make_shard(0);
  for (const char* name : {"leaves", "returns", "expires", "stays"}) touch(*store, name);
  pass(*store, seconds(1));
  leave(*store, "leaves");
  leave(*store, "returns");
  touch(*store, "returns");
  touch(*store, "short");
  leave(*store, "short");
  pass(*store, seconds(1));
  EXPECT_EQ(kept(), (Names{"expires", "returns", "stays"}));
  pass(*store, seconds(30));
  touch(*store, "stays");
  touch(*store, "returns");
  pass(*store, seconds(31));
  EXPECT_EQ(kept(), (Names{"returns", "stays"}));
}

TEST_F(MemoryStore, WhoExpiresAndReturnsWithinABatchIsKept) {
  const auto store = make_shard(0);
  touch(*store, "ada");
  pass(*store, seconds(1));
  pass(*store, seconds(59));
  clock_.advance(Millis{1});
  EXPECT_EQ(count(*store), 0U);
  touch(*store, "ada");
  pass(*store, seconds(1));
  EXPECT_EQ(kept(), Names{"ada"});
}

TEST_F(MemoryStore, ManyChangesAreHandedOverInParts) {
  const auto store = make_shard(0, 100'000);
  for (int i = 0; i < 10'000; ++i) touch(*store, std::to_string(i));
  EXPECT_EQ(journal_.batch_sizes, (std::vector<std::size_t>{4096, 4096}));
  pass(*store, seconds(1));
  EXPECT_EQ(journal_.kept.size(), 10'000U);
}

TEST_F(MemoryStore, AResetClearsTheJournalAndWhatWaitsForIt) {
  const auto store = make_shard(0);
  touch(*store, "early");
  pass(*store, seconds(1));
  touch(*store, "waiting");
  clock_.advance(Millis{900});
  store->reset([](auto done) { EXPECT_TRUE(done.ok()); });
  EXPECT_EQ(kept(), Names{});
  touch(*store, "after");
  pass(*store, Millis{500});
  EXPECT_EQ(kept(), Names{}) << "another shard may clear the journal yet";
  pass(*store, Millis{500});
  EXPECT_EQ(kept(), Names{"after"});
}

TEST_F(MemoryStore, TheLastChangesAreHandedOverAtTheEnd) {
  auto store = make_shard(0);
  const auto other = make_shard(1);
  touch(*store, "ada");
  store.reset();
  EXPECT_EQ(kept(), Names{"ada"});
  EXPECT_EQ(count(*other), 0U);
}

TEST_F(MemoryStore, ARestartKeepsWhoIsStillLive) {
  const auto now = clock_.now();
  journal_.kept = {{"live", now - seconds(60)},
                   {"past", now - seconds(61)},
                   {"ahead", now + std::chrono::hours(1)}};
  const auto store = make_shard(0);
  EXPECT_EQ(store->restore(journal_.load("online").value()), 2U);
  EXPECT_EQ(count(*store), 2U);
  pass(*store, seconds(1));
  EXPECT_EQ(kept(), (Names{"ahead"})) << "past at once, live a second later";
  pass(*store, seconds(59));
  EXPECT_EQ(count(*store), 1U) << "nobody lives longer for a clock that was wrong";
  clock_.advance(Millis{1});
  EXPECT_EQ(count(*store), 0U);
}

TEST_F(MemoryStore, CursorsOfALongerRosterEndTheListing) {
  const auto store = make_shard(0);
  touch(*store, "ada");
  store->list("4000000", 10, [](auto page) {
    ASSERT_TRUE(page.ok());
    EXPECT_TRUE(page.value().members.empty());
    EXPECT_TRUE(page.value().next.empty());
  });
}

}  // namespace
}  // namespace rollcall::memory

#include "service/handover_store.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace rollcall::service {
namespace {

using base::Millis;
using core::Certainty;
using core::Source;
using core::Tier;
using ports::Reply;
using State = core::Handover::State;

constexpr Millis kTtl{60'000};
const core::MemberHash kHash{7};

core::MemberId member(std::string_view text) {
  return core::MemberId::parse(text).value();
}

// A store in memory that can be broken: `fails` answers with an error, `hangs` not at all.
class BreakableStore final : public ports::SharedRosterStore {
 public:
  BreakableStore(Source source, const base::Clock& clock) : source_(source), clock_(clock) {
    wipe();
  }

  bool fails = false;
  bool hangs = false;
  ports::StoreEars* ears = nullptr;
  std::size_t written = 0;

  bool has(std::string_view who) const { return roster_->find(who, clock_.now()).has_value(); }
  void wipe() { roster_.emplace(kTtl, 1000, kHash); }

  void touch(core::MemberId who, Millis age, Reply<core::Answer> reply) override {
    change({std::move(who), false, age}, std::move(reply));
  }
  void leave(core::MemberId who, Reply<core::Answer> reply) override {
    change({std::move(who), true, Millis{0}}, std::move(reply));
  }
  void change(core::Change change, Reply<core::Answer> reply) override {
    if (!answers(reply)) return;
    apply(change);
    reply(answer());
  }
  void count(Reply<core::Answer> reply) override {
    if (answers(reply)) reply(answer());
  }
  void is_live(std::vector<core::MemberId> members,
               Reply<std::vector<std::optional<ports::Sighting>>> reply) override {
    if (!answers(reply)) return;
    std::vector<std::optional<ports::Sighting>> found(members.size());
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (has(members[i].text())) found[i] = ports::Sighting{clock_.now(), Millis{0}};
    }
    reply(std::move(found));
  }
  void list(std::string, std::size_t, Reply<ports::MemberPage> reply) override {
    if (answers(reply)) reply(ports::MemberPage{{}, "more"});
  }
  void reset(Reply<base::Done> reply) override {
    if (!answers(reply)) return;
    roster_->reset(clock_.now());
    reply(base::Done{});
  }
  bool partitioned() const override { return false; }
  void merge(ports::Merge merge, Reply<base::Done> reply) override {
    if (!answers(reply)) return;
    if (merge.reset_age) roster_->reset_at(clock_.now() - *merge.reset_age);
    for (const core::Change& change : merge.changes) apply(change);
    reply(base::Done{});
  }
  void probe(Reply<base::Done> reply) override {
    if (answers(reply)) reply(base::Done{});
  }
  void changes(std::string, std::string, Reply<ports::ChangesPage> reply) override {
    if (!answers(reply)) return;
    ports::ChangesPage page;
    page.changes = roster_->changes(0, base::WallTime::min(), 1000, clock_.now()).changes;
    reply(std::move(page));
  }
  void listen(ports::StoreEars& listener) override { ears = &listener; }

 private:
  template <typename T>
  bool answers(const Reply<T>& reply) const {
    if (hangs) return false;
    if (fails) reply(base::Error{base::Errc::unavailable, "broken", "the store is broken"});
    return !fails;
  }
  void apply(const core::Change& change) {
    ++written;
    const base::WallTime now = clock_.now();
    if (change.leave) return roster_->leave(change.member.text(), now - change.age, now);
    [[maybe_unused]] const auto slot = roster_->touch(change.member.text(), now - change.age, now);
  }
  core::Answer answer() const { return {roster_->count(clock_.now()), source_, Certainty::exact}; }

  Source source_;
  const base::Clock& clock_;
  std::optional<core::Roster> roster_;
};

// What other places have put there.
struct Board final : ports::OutageBoard {
  std::optional<core::OutageEntry> own;
  std::vector<core::OutageEntry> others;

  void exchange(const std::string&, const std::string&, std::optional<core::OutageEntry> entry,
                Reply<std::vector<core::OutageEntry>> reply) override {
    own = entry;
    reply(others);
  }
};

struct HandoverStoreTest : testing::Test {
  base::ManualClock clock{base::WallTime{Millis{1'000'000'000}}};
  BreakableStore redis{Source::redis, clock};
  BreakableStore postgres{Source::postgres, clock};
  Board board;
  std::vector<core::Handover::Change> told;
  std::optional<HandoverStore> store;

  void SetUp() override {
    HandoverStore::Options options;
    options.roster = "online";
    options.place = "here";
    options.handover.ttl = kTtl;
    options.handover.has_fallback = true;
    options.max_members = 100;
    store.emplace(options, HandoverStore::Stores{redis, &postgres, &board},
                  std::make_shared<core::ShardCounts>(1), 0, kHash, clock,
                  [this](const core::Handover::Change& change) { told.push_back(change); });
    store->tick();
  }

  void pass(Millis span) {
    for (Millis passed{0}; passed < span; passed += Millis{100}) {
      clock.advance(Millis{100});
      store->tick();
    }
  }
  // Nothing while nobody has answered.
  std::optional<core::Answer> touch(std::string_view who) {
    return answer_of([&](auto reply) { store->touch(member(who), Millis{0}, reply); });
  }
  std::optional<core::Answer> leave(std::string_view who) {
    return answer_of([&](auto reply) { store->leave(member(who), reply); });
  }
  std::optional<core::Answer> count() {
    return answer_of([&](auto reply) { store->count(reply); });
  }

 private:
  std::optional<core::Answer> answer_of(const std::function<void(Reply<core::Answer>)>& ask) {
    auto got = std::make_shared<std::optional<core::Answer>>();
    ask([got](const base::Result<core::Answer>& answer) { *got = answer.value(); });
    return *got;
  }
};

TEST_F(HandoverStoreTest, NormallyNothingIsWrittenToTheFallback) {
  const auto answer = touch("ada");
  EXPECT_EQ(answer->online, 1U);
  EXPECT_EQ(answer->source, Source::redis);
  EXPECT_EQ(answer->certainty, Certainty::exact);
  pass(Millis{10'000});
  EXPECT_EQ(postgres.written, 0U);
}

TEST_F(HandoverStoreTest, WhatThePrimaryRefusesIsAnsweredByTheFallbackWithoutAnUndercount) {
  touch("ada");
  touch("bob");
  redis.fails = true;
  const auto answer = touch("cyd");
  EXPECT_EQ(answer->source, Source::postgres);
  EXPECT_EQ(answer->certainty, Certainty::at_least);
  EXPECT_GE(answer->online, 2U) << "the fallback knows of cyd alone";
  pass(Millis{10'000});
  EXPECT_EQ(count()->online, 3U);
  EXPECT_EQ(count()->certainty, Certainty::exact);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].to, State::fallback);
  EXPECT_EQ(told[0].reason, "the store is broken");
  EXPECT_TRUE(board.own && board.own->away && board.own->seeded);
}

TEST_F(HandoverStoreTest, WhoLeftDuringTheOutageStaysGoneAfterIt) {
  touch("ada");
  touch("bob");
  redis.fails = true;
  touch("bob");
  pass(Millis{1'000});
  leave("ada");
  redis.fails = false;
  pass(Millis{5'000});
  EXPECT_FALSE(redis.has("ada"));
  EXPECT_EQ(count()->online, 1U);
  EXPECT_EQ(count()->source, Source::redis);
}

TEST_F(HandoverStoreTest, WhoCameDuringTheOutageIsCountedAfterIt) {
  redis.fails = true;
  touch("ada");
  pass(Millis{2'000});
  redis.fails = false;
  pass(Millis{3'000});
  EXPECT_TRUE(redis.has("ada"));
  EXPECT_EQ(store->handover().state(), State::recovering);
  pass(kTtl);
  EXPECT_EQ(store->handover().state(), State::normal);
}

TEST_F(HandoverStoreTest, NobodyWaitsForStoresThatHang) {
  touch("ada");
  redis.hangs = true;
  std::optional<core::Answer> answer;
  store->touch(member("bob"), Millis{0}, [&](const auto& got) { answer = got.value(); });
  pass(Millis{600});
  EXPECT_FALSE(answer);
  pass(Millis{100});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->source, Source::local);
  EXPECT_EQ(answer->online, 2U);
}

TEST_F(HandoverStoreTest, WithBothStoresDownTheShadowAnswersAndIsReplayedLater) {
  redis.fails = postgres.fails = true;
  EXPECT_EQ(touch("ada")->source, Source::local);
  EXPECT_EQ(touch("bob")->online, 2U);
  EXPECT_TRUE(store->partitioned());
  redis.fails = postgres.fails = false;
  pass(Millis{5'000});
  EXPECT_TRUE(redis.has("ada") && redis.has("bob"));
  EXPECT_FALSE(store->partitioned());
}

TEST_F(HandoverStoreTest, AStoreThatLostItsDataIsFilledFromTheShadow) {
  touch("ada");
  touch("bob");
  redis.wipe();
  redis.ears->on_lost();
  EXPECT_EQ(count()->online, 2U) << "the floor holds meanwhile";
  pass(Millis{100});
  EXPECT_TRUE(redis.has("ada") && redis.has("bob"));
  EXPECT_EQ(store->counters().losses.get(), 1U);
}

TEST_F(HandoverStoreTest, AResetByAnotherEmptiesTheShadow) {
  touch("ada");
  clock.advance(Millis{10});
  redis.wipe();
  redis.ears->on_reset(Millis{0});
  redis.ears->on_lost();
  pass(Millis{1'000});
  EXPECT_FALSE(redis.has("ada"));
  EXPECT_EQ(count()->online, 0U);
}

TEST_F(HandoverStoreTest, WhatOthersPutIntoTheFallbackIsFetched) {
  postgres.touch(member("theirs"), Millis{0}, [](const auto&) {});
  board.others = {{.away = true, .seeded = true}};
  pass(Millis{5'000});
  EXPECT_TRUE(redis.has("theirs"));
  touch("ours");
  EXPECT_TRUE(postgres.has("ours")) << "both are written while another place is away";
}

TEST_F(HandoverStoreTest, BeyondTheLimitOfTheShadowANewMemberIsRefused) {
  for (int i = 0; i < 100; ++i) touch("m" + std::to_string(i));
  std::optional<base::Error> refusal;
  store->touch(member("one more"), Millis{0}, [&](const auto& got) { refusal = got.error(); });
  EXPECT_EQ(refusal.value().kind, base::Errc::overloaded);
  EXPECT_FALSE(redis.has("one more"));
  EXPECT_TRUE(touch("m7")) << "a known one is welcome";
}

TEST_F(HandoverStoreTest, ACursorIsGoodForTheStoreThatGaveIt) {
  std::string cursor;
  store->list("", 10, [&](const auto& page) { cursor = page.value().next; });
  EXPECT_EQ(cursor, "pmore");
  redis.fails = true;
  touch("ada");
  std::optional<base::Error> refusal;
  store->list(cursor, 10, [&](const auto& page) { refusal = page.error(); });
  EXPECT_EQ(refusal.value().code, "invalid_cursor");
}

}  // namespace
}  // namespace rollcall::service

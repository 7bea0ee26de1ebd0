#include "core/presence_record.hpp"

#include <map>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace rollcall::core {
namespace {

using base::Millis;
using Event = std::optional<PresenceRecord::Event>;

constexpr base::WallTime kStart{Millis{1'000'000}};

Claim some(std::uint32_t connections, std::uint32_t away = 0) {
  return {connections, away, Reason::connected, Millis{0}, 0};
}

Claim none(Reason reason, Millis grace = Millis{0}) {
  return {0, 0, reason, grace, 0};
}

Event apply(PresenceRecord& record, Place place, const Claim& claim, base::WallTime now = kStart) {
  auto event = record.claim(place, claim, now);
  EXPECT_TRUE(event.ok());
  return event.ok() ? event.value() : std::nullopt;
}

void expect_event(const Event& event, Status status, Reason reason) {
  ASSERT_TRUE(event);
  EXPECT_EQ(event->status, status);
  EXPECT_EQ(event->reason, reason);
}

TEST(PresenceRecord, OnlyTheLastPlaceThatGoesEndsThePresence) {
  PresenceRecord record;
  expect_event(apply(record, 1, some(2)), Status::online, Reason::connected);
  EXPECT_FALSE(apply(record, 2, some(1)));
  EXPECT_FALSE(apply(record, 3, some(1)));
  EXPECT_EQ(record.connections(), 4U);
  EXPECT_EQ(record.places(), 3U);
  EXPECT_FALSE(apply(record, 1, none(Reason::closed)));
  EXPECT_FALSE(apply(record, 3, none(Reason::closed)));
  EXPECT_EQ(record.places(), 1U);
  expect_event(apply(record, 2, none(Reason::left)), Status::offline, Reason::left);
  EXPECT_EQ(record.connections(), 0U);
}

TEST(PresenceRecord, SayingItAgainChangesNothing) {
  PresenceRecord record;
  apply(record, 1, some(2));
  const auto seq = record.seq();
  EXPECT_FALSE(apply(record, 1, some(2)));
  EXPECT_EQ(record.connections(), 2U);
  EXPECT_EQ(record.seq(), seq);
  apply(record, 1, none(Reason::left));
  EXPECT_FALSE(apply(record, 1, none(Reason::left)));
}

TEST(PresenceRecord, AwayIsWhenEveryConnectionIs) {
  PresenceRecord record;
  expect_event(apply(record, 1, some(1, 1)), Status::away, Reason::connected);
  expect_event(apply(record, 2, some(2, 1)), Status::online, Reason::connected);
  expect_event(apply(record, 2, some(2, 2)), Status::away, Reason::connected);
  EXPECT_EQ(record.away(), 3U);
  expect_event(apply(record, 1, some(1, 0)), Status::online, Reason::connected);
  expect_event(apply(record, 1, none(Reason::closed)), Status::away, Reason::connected);
}

TEST(PresenceRecord, AGraceHidesAReload) {
  PresenceRecord record;
  apply(record, 1, some(1));
  EXPECT_FALSE(apply(record, 1, none(Reason::closed, Millis{5000})));
  EXPECT_EQ(record.status(), Status::online);
  EXPECT_EQ(record.settle_in(kStart + Millis{1000}), Millis{4000});
  EXPECT_FALSE(record.settle(kStart + Millis{4999}));
  EXPECT_FALSE(apply(record, 2, some(1), kStart + Millis{4999}));
  EXPECT_EQ(record.settle_in(kStart), Millis{0});
  EXPECT_FALSE(record.settle(kStart + Millis{9000}));
  EXPECT_EQ(record.status(), Status::online);
}

TEST(PresenceRecord, AGraceThatRunsOutKeepsItsReason) {
  PresenceRecord record;
  apply(record, 1, some(1));
  apply(record, 1, none(Reason::timeout, Millis{5000}));
  expect_event(record.settle(kStart + Millis{5000}), Status::offline, Reason::timeout);
  EXPECT_FALSE(record.settle(kStart + Millis{6000}));
}

TEST(PresenceRecord, AGraceIsNeverShortenedExceptToZero) {
  PresenceRecord record;
  apply(record, 1, some(1));
  apply(record, 1, none(Reason::drained, Millis{10'000}));
  EXPECT_FALSE(apply(record, 2, none(Reason::closed, Millis{1000})));
  EXPECT_EQ(record.settle_in(kStart), Millis{10'000});
  apply(record, 2, none(Reason::closed, Millis{20'000}));
  EXPECT_EQ(record.settle_in(kStart), Millis{20'000});
  expect_event(apply(record, 2, none(Reason::kicked)), Status::offline, Reason::kicked);
  EXPECT_EQ(record.settle_in(kStart), Millis{0});
}

TEST(PresenceRecord, TheLimitIsOfAllPlacesAndOnlyGrowthMeetsIt) {
  PresenceRecord record;
  Claim two = some(2);
  two.limit = 3;
  apply(record, 1, two);
  auto refused = record.claim(2, two, kStart);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, base::Errc::overloaded);
  EXPECT_EQ(refused.error().code, "connection_limit");
  EXPECT_EQ(record.connections(), 2U);
  EXPECT_EQ(record.places(), 1U);
  two.limit = 1;
  EXPECT_TRUE(record.claim(1, two, kStart).ok()) << "it does not grow";
}

TEST(PresenceRecord, SeqGrowsWithinAMillisecondAndOverClocksThatStepBack) {
  PresenceRecord record;
  const auto first = apply(record, 1, some(1))->seq;
  EXPECT_EQ(first, kStart.time_since_epoch().count());
  EXPECT_EQ(apply(record, 1, none(Reason::left))->seq, first + 1);
  EXPECT_EQ(apply(record, 1, some(1), kStart - Millis{500})->seq, first + 2);
  EXPECT_EQ(PresenceRecord(first + 9).claim(1, some(1), kStart).value()->seq, first + 10);
}

TEST(PresenceRecord, ADepartureAfterALossIsNews) {
  PresenceRecord wiped;
  expect_event(apply(wiped, 1, none(Reason::left)), Status::offline, Reason::left);
  PresenceRecord in_grace;
  EXPECT_FALSE(apply(in_grace, 1, none(Reason::closed, Millis{5000})));
  EXPECT_EQ(in_grace.status(), Status::online);
  expect_event(in_grace.settle(kStart + Millis{5000}), Status::offline, Reason::closed);
  PresenceRecord known(7);
  EXPECT_FALSE(apply(known, 1, none(Reason::left)));
}

TEST(PresenceRecord, ReapingTakesTheDeadPlacesOnly) {
  PresenceRecord record;
  for (const Place place : {1U, 2U, 3U}) apply(record, place, some(1, place == 3 ? 1 : 0));
  const auto is_dead = [](Place place) { return place < 3; };
  expect_event(record.reap(is_dead, kStart), Status::away, Reason::connected);
  EXPECT_EQ(record.connections(), 1U);
  EXPECT_FALSE(record.reap(is_dead, kStart));
  expect_event(record.reap([](Place) { return true; }, kStart), Status::offline,
               Reason::node_lost);
  EXPECT_FALSE(record.reap([](Place) { return true; }, kStart));
}

TEST(PresenceRecord, ReapingLeavesARunningGraceAndKeepsItsReason) {
  PresenceRecord record;
  apply(record, 1, some(1));
  apply(record, 1, none(Reason::drained, Millis{10'000}));
  const auto all = [](Place) { return true; };
  EXPECT_FALSE(record.reap(all, kStart + Millis{9999}));
  expect_event(record.reap(all, kStart + Millis{10'000}), Status::offline, Reason::drained);
}

// The store forgot the user before the reaper came, but watchers may not have.
TEST(PresenceRecord, ReapingTellsOfAUserWhomTheStoreHasForgotten) {
  PresenceRecord unknown;
  const auto all = [](Place) { return true; };
  expect_event(unknown.reap(all, kStart), Status::offline, Reason::node_lost);
  EXPECT_FALSE(unknown.reap(all, kStart));
}

// Whatever places say in whatever order: statuses change with each event, seq grows, and the sums
// are those of the claims.
RC_GTEST_PROP(PresenceRecord, EventsAlternateAndSumsHold, ()) {
  PresenceRecord record;
  std::map<Place, Claim> model;
  base::WallTime now = kStart;
  Status told = Status::offline;
  std::int64_t seq = 0;
  const auto note = [&](const Event& event) {
    if (!event) return;
    RC_ASSERT(seq == 0 || event->status != told);
    RC_ASSERT(event->seq > seq);
    told = event->status;
    seq = event->seq;
  };
  const int steps = *rc::gen::inRange(1, 60);
  for (int i = 0; i < steps; ++i) {
    now += Millis{*rc::gen::inRange(0, 2000)};
    const Place place = *rc::gen::inRange<Place>(0, 4);
    const int kind = *rc::gen::inRange(0, 10);
    if (kind == 8) note(record.settle(now));
    if (kind == 9) {
      note(record.reap([&](Place other) { return other == place; }, now));
      model.erase(place);
    }
    if (kind >= 8) continue;
    Claim claim = some(*rc::gen::inRange<std::uint32_t>(0, 3));
    claim.away = *rc::gen::inRange<std::uint32_t>(0, claim.connections + 1);
    claim.grace = Millis{*rc::gen::inRange(0, 3) * 1000};
    auto event = record.claim(place, claim, now);
    RC_ASSERT(event.ok());
    note(event.value());
    model[place] = claim;
    if (claim.connections == 0) model.erase(place);
    std::uint32_t connections = 0;
    for (const auto& [_, held] : model) connections += held.connections;
    RC_ASSERT(record.connections() == connections);
    RC_ASSERT(record.places() == model.size());
    RC_ASSERT(connections == 0 || record.status() != Status::offline);
    RC_ASSERT(connections == 0 || !record.in_grace());
  }
}

}  // namespace
}  // namespace rollcall::core

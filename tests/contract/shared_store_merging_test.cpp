#include "contract/shared_store_contract.hpp"

#include <algorithm>
#include <chrono>
#include <random>

#include <rapidcheck/gtest.h>

namespace rollcall::contract {
namespace {

using base::Millis;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr std::size_t kMembers = 6;

// What came about, and how many seconds before the merging began. Touches stand on even seconds,
// leaves and resets on odd ones, so that the rounding of ages decides nothing.
struct Event {
  enum class Kind { touch, leave, reset };
  Kind kind = Kind::touch;
  std::string who;  // not for a reset
  seconds before{0};

  bool is_reset() const { return kind == Kind::reset; }
};

// The live ones, by the definition: touch > max(leave, reset).
std::set<std::string> live_by_definition(const std::vector<Event>& events) {
  std::map<std::string, seconds> touches;  // how long before; the least is the latest
  std::map<std::string, seconds> leaves;
  seconds reset = seconds::max();
  for (const Event& event : events) {
    if (event.is_reset()) {
      reset = std::min(reset, event.before);
      continue;
    }
    auto& latest = event.kind == Event::Kind::leave ? leaves : touches;
    const auto entry = latest.try_emplace(event.who, event.before).first;
    entry->second = std::min(entry->second, event.before);
  }
  std::set<std::string> live;
  for (const auto& [who, before] : touches) {
    const auto left = leaves.find(who);
    if (before < reset && (left == leaves.end() || before < left->second)) live.insert(who);
  }
  return live;
}

Event some_event() {
  using Kind = Event::Kind;
  Event event;
  event.kind =
      *rc::gen::weightedElement<Kind>({{6, Kind::touch}, {3, Kind::leave}, {1, Kind::reset}});
  event.before = seconds(*rc::gen::inRange(1, 12) * 2 + (event.kind == Kind::touch ? 0 : 1));
  event.who = "m" + std::to_string(*rc::gen::inRange<std::size_t>(0, kMembers));
  return event;
}

// Merges hold distinct members each.
std::vector<std::vector<Event>> pages_of(const std::vector<Event>& events) {
  std::vector<std::vector<Event>> pages(1);
  for (const Event& event : events) {
    const auto same = [&](const Event& other) {
      return event.is_reset() ? other.is_reset() : !other.is_reset() && other.who == event.who;
    };
    const auto& page = pages.back();
    if (std::any_of(page.begin(), page.end(), same) || *rc::gen::inRange(0, 3) == 0) {
      pages.emplace_back();
    }
    pages.back().push_back(event);
  }
  return pages;
}

ports::Merge merge_of(const std::vector<Event>& page, Millis since) {
  ports::Merge merge;
  for (const Event& event : page) {
    const Millis age = event.before + since;
    if (event.is_reset()) {
      merge.reset_age = age;
    } else {
      const auto member = core::MemberId::parse(event.who).value();
      merge.changes.push_back({member, event.kind == Event::Kind::leave, age});
    }
  }
  return merge;
}

// Events are a second apart, and merges that are late by more than that come in another order.
constexpr Millis kMostDelay{500};

// Whatever the order, the cuts, the repetitions and the nodes that merge.
TEST_P(SharedStoreContract, MergesInAnyOrderMakeTheSameRoster) {
  const bool held = rc::check([&] {
    begin_anew();
    const auto begun = steady_clock::now();
    auto events = *rc::gen::container<std::vector<Event>>(rc::gen::exec(some_event));
    std::shuffle(events.begin(), events.end(), std::mt19937(*rc::gen::arbitrary<std::uint32_t>()));
    auto pages = pages_of(events);
    const auto repeated = *rc::gen::inRange<std::size_t>(0, pages.size() + 1);
    for (std::size_t i = 0; i < repeated; ++i) {
      pages.push_back(pages[*rc::gen::inRange<std::size_t>(0, pages.size())]);
    }
    for (const auto& page : pages) {
      const auto asked = steady_clock::now();
      ports::Merge merged = merge_of(page, std::chrono::duration_cast<Millis>(asked - begun));
      const std::size_t node = harness().shared() ? *rc::gen::inRange<std::size_t>(0, 2) : 0;
      merge(std::move(merged.changes), merged.reset_age, node);
      if (steady_clock::now() - asked > kMostDelay) RC_DISCARD("the machine stood still");
    }
    RC_ASSERT(!HasFailure());
    RC_ASSERT(live_of(members("m", kMembers)) == live_by_definition(events));
  });
  EXPECT_TRUE(held);
}

}  // namespace
}  // namespace rollcall::contract

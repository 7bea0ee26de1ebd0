#include "contract/roster_store_contract.hpp"

#include <chrono>

namespace rollcall::contract {
namespace {

template <typename T>
T value_or_failure(base::Result<T> result, T fallback) {
  if (result.ok()) return std::move(result).value();
  ADD_FAILURE() << result.error().code << ": " << result.error().message;
  return fallback;
}

}  // namespace

std::string name_of_factory(const testing::TestParamInfo<StoreFactory>& info) {
  return info.param.name;
}

void PrintTo(const StoreFactory& factory, std::ostream* out) {
  *out << factory.name;
}

void RosterStoreContract::begin_anew() {
  harness_.reset();
  harness_ = GetParam().make();
  ASSERT_NE(harness_, nullptr) << "the store could not be started";
  ASSERT_GE(harness_->ttl(), std::chrono::seconds(30));
}

void RosterStoreContract::TearDown() {
  harness_.reset();
  for (const auto& answered_once : once_) EXPECT_TRUE(answered_once()) << "not exactly one reply";
}

core::MemberId RosterStoreContract::member(std::string_view text) {
  return core::MemberId::parse(text).value();
}

std::vector<core::MemberId> RosterStoreContract::members(std::string_view prefix,
                                                         std::size_t count) {
  std::vector<core::MemberId> all;
  for (std::size_t i = 0; i < count; ++i) {
    all.push_back(member(std::string(prefix) + std::to_string(i)));
  }
  return all;
}

bool RosterStoreContract::run_until(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) {
      ADD_FAILURE() << "nothing came of it in " << kPatience.count() << " ms";
      return false;
    }
    harness_->pump();
  }
  return true;
}

template <typename T>
base::Result<T> RosterStoreContract::wait(const std::function<void(ports::Reply<T>)>& call) {
  auto outcome = std::make_shared<Outcome<T>>();
  call(note(outcome));
  if (run_until([&] { return outcome->calls > 0; })) return *outcome->result;
  return base::Error{base::Errc::timeout, "no_reply", "the store did not reply"};
}

base::Result<core::Answer> RosterStoreContract::try_touch(const core::MemberId& who,
                                                          base::Millis age, std::size_t node) {
  return wait<core::Answer>([&](auto reply) { store(node).touch(who, age, std::move(reply)); });
}

base::Result<ports::MemberPage> RosterStoreContract::try_list(const std::string& cursor,
                                                              std::size_t limit,
                                                              std::size_t node) {
  return wait<ports::MemberPage>(
      [&](auto reply) { store(node).list(cursor, limit, std::move(reply)); });
}

core::Answer RosterStoreContract::touch(const core::MemberId& who, base::Millis age,
                                        std::size_t node) {
  return value_or_failure(try_touch(who, age, node), {});
}

core::Answer RosterStoreContract::leave(const core::MemberId& who, std::size_t node) {
  return value_or_failure(
      wait<core::Answer>([&](auto reply) { store(node).leave(who, std::move(reply)); }), {});
}

core::Answer RosterStoreContract::count(std::size_t node) {
  return value_or_failure(
      wait<core::Answer>([&](auto reply) { store(node).count(std::move(reply)); }), {});
}

std::vector<std::optional<ports::Sighting>> RosterStoreContract::sightings(
    std::vector<core::MemberId> who, std::size_t node) {
  using Sightings = std::vector<std::optional<ports::Sighting>>;
  const std::size_t asked = who.size();
  auto seen = value_or_failure(
      wait<Sightings>([&](auto reply) { store(node).is_live(std::move(who), std::move(reply)); }),
      {});
  EXPECT_EQ(seen.size(), asked);
  seen.resize(asked);
  return seen;
}

bool RosterStoreContract::is_live(const core::MemberId& who, std::size_t node) {
  return sightings({who}, node).front().has_value();
}

void RosterStoreContract::reset(std::size_t node) {
  value_or_failure(wait<base::Done>([&](auto reply) { store(node).reset(std::move(reply)); }), {});
}

void RosterStoreContract::touch_all(const std::vector<core::MemberId>& who, base::Millis age) {
  std::vector<std::shared_ptr<Outcome<core::Answer>>> outcomes;
  for (const auto& id : who) {
    outcomes.push_back(std::make_shared<Outcome<core::Answer>>());
    store().touch(id, age, note(outcomes.back()));
  }
  for (const auto& outcome : outcomes) {
    if (!run_until([&] { return outcome->calls > 0; })) return;
    value_or_failure(*outcome->result, {});
  }
}

std::map<std::string, int> RosterStoreContract::list_all(std::size_t limit,
                                                         const std::function<void()>& between,
                                                         std::size_t node) {
  constexpr int kMaxPages = 10'000;
  std::map<std::string, int> seen;
  std::string cursor;
  for (int pages = 0; pages < kMaxPages; ++pages) {
    const auto page = value_or_failure(try_list(cursor, limit, node), {});
    EXPECT_LE(page.members.size(), limit);
    for (const auto& id : page.members) ++seen[id.text()];
    if (page.next.empty()) return seen;
    cursor = page.next;
    between();
  }
  ADD_FAILURE() << "the listing does not end";
  return seen;
}

void RosterStoreContract::expect_online(std::uint64_t online, std::size_t node) {
  if (harness_->counts_at_once()) {
    EXPECT_EQ(count(node).online, online);
    return;
  }
  EXPECT_TRUE(run_until([&] { return count(node).online == online; }))
      << "the count is " << count(node).online << ", not " << online;
}

}  // namespace rollcall::contract

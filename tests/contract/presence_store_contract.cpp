#include "contract/presence_store_contract.hpp"

#include <chrono>
#include <utility>

namespace rollcall::contract {
namespace {

template <typename T>
T value_or_failure(base::Result<T> result) {
  if (result.ok()) return std::move(result).value();
  ADD_FAILURE() << result.error().code << ": " << result.error().message;
  return {};
}

}  // namespace

void PrintTo(const PresenceFactory& factory, std::ostream* out) {
  *out << factory.name;
}

void PresenceStoreContract::SetUp() {
  harness_ = GetParam().make();
  ASSERT_NE(harness_, nullptr) << "the store could not be started";
}

core::UserId PresenceStoreContract::user(std::string_view text) {
  return core::UserId::parse(text).value();
}

ports::Holding PresenceStoreContract::holding(std::string_view who, std::uint32_t connections,
                                              core::Reason reason, base::Millis grace) {
  return {user(who), connections, 0, reason, grace, 0};
}

bool PresenceStoreContract::run_until(const std::function<bool()>& condition) {
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
base::Result<T> PresenceStoreContract::wait(const std::function<void(ports::Reply<T>)>& call) {
  auto outcome = std::make_shared<std::optional<base::Result<T>>>();
  call([outcome](base::Result<T> result) {
    EXPECT_FALSE(outcome->has_value()) << "answered twice";
    outcome->emplace(std::move(result));
  });
  if (run_until([&] { return outcome->has_value(); })) return **outcome;
  return base::Error{base::Errc::timeout, "no_reply", "the store did not reply"};
}

base::Result<ports::Standing> PresenceStoreContract::try_hold(ports::Holding holding,
                                                              std::size_t node) {
  return wait<ports::Standing>(
      [&](auto reply) { harness_->node(node).hold(holding, std::move(reply)); });
}

base::Result<ports::UserPage> PresenceStoreContract::try_list(const std::string& cursor,
                                                              std::size_t limit) {
  return wait<ports::UserPage>(
      [&](auto reply) { harness_->node(0).list(cursor, limit, std::move(reply)); });
}

ports::Standing PresenceStoreContract::hold(ports::Holding holding, std::size_t node) {
  return value_or_failure(try_hold(std::move(holding), node));
}

ports::Standing PresenceStoreContract::settle(std::string_view who, std::size_t node) {
  return value_or_failure(wait<ports::Standing>(
      [&](auto reply) { harness_->node(node).settle(user(who), std::move(reply)); }));
}

ports::Standing PresenceStoreContract::look_up(std::string_view who, std::size_t node) {
  using Standings = std::vector<ports::Standing>;
  auto standings = value_or_failure(wait<Standings>(
      [&](auto reply) { harness_->node(node).look_up({user(who)}, std::move(reply)); }));
  EXPECT_EQ(standings.size(), 1U);
  return standings.empty() ? ports::Standing{} : standings.front();
}

std::vector<ports::Standing> PresenceStoreContract::look_up_all(std::vector<core::UserId> users) {
  return value_or_failure(wait<std::vector<ports::Standing>>(
      [&](auto reply) { harness_->node(0).look_up(users, std::move(reply)); }));
}

std::vector<std::string> PresenceStoreContract::list_all(std::size_t limit) {
  constexpr int kMaxPages = 1000;
  std::vector<std::string> users;
  std::string cursor;
  for (int pages = 0; pages < kMaxPages; ++pages) {
    const auto page = value_or_failure(try_list(cursor, limit));
    EXPECT_LE(page.users.size(), limit);
    for (const core::UserId& id : page.users) users.push_back(id.text());
    if (page.next.empty()) return users;
    cursor = page.next;
  }
  ADD_FAILURE() << "the list does not end";
  return users;
}

std::optional<core::PresenceEvent> PresenceStoreContract::wait_for_the_end(std::string_view who,
                                                                           std::size_t node) {
  std::optional<core::PresenceEvent> event;
  run_until([&] {
    event = settle(who, node).event;
    return event.has_value();
  });
  return event;
}

void PresenceStoreContract::expect_event(const ports::Standing& standing, core::Status status,
                                         core::Reason reason) {
  EXPECT_EQ(core::name_of(standing.status), core::name_of(status));
  ASSERT_TRUE(standing.event) << "no event";
  EXPECT_EQ(core::name_of(standing.event->status), core::name_of(status));
  EXPECT_EQ(core::name_of(standing.event->reason), core::name_of(reason));
  EXPECT_EQ(standing.event->seq, standing.seq);
  EXPECT_GE(standing.event->seq, standing.event->at.time_since_epoch().count());
}

void PresenceStoreContract::expect_none(const ports::Standing& standing) {
  EXPECT_FALSE(standing.event) << core::name_of(standing.event->status);
}

}  // namespace rollcall::contract

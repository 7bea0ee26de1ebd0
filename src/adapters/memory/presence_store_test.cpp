#include "adapters/memory/presence_store.hpp"

#include <optional>
#include <string>

#include <gtest/gtest.h>
#include <malloc.h>

namespace rollcall::memory {
namespace {

using base::Millis;

core::UserId user(const std::string& text) {
  return core::UserId::parse(text).value();
}

class MemoryPresence : public testing::Test {
 protected:
  base::Result<ports::Standing> hold(const std::string& who, std::uint32_t connections,
                                     std::uint32_t limit = 0) {
    std::optional<base::Result<ports::Standing>> result;
    store_.hold({user(who), connections, 0, core::Reason::left, Millis{0}, limit},
                [&](auto standing) { result.emplace(std::move(standing)); });
    return std::move(*result);
  }

  base::ManualClock clock_{base::WallTime{std::chrono::hours(24)}};
  MemoryPresenceStore store_{{3}, clock_};
};

TEST_F(MemoryPresence, WhoIsOfflineIsForgottenAndGoesOnAboveTheOldSeq) {
  const auto first = hold("ada", 1);
  const auto second = hold("ada", 0);
  ASSERT_TRUE(second.ok() && second.value().event);
  EXPECT_EQ(store_.users(), 0U);
  const auto third = hold("ada", 1);
  ASSERT_TRUE(third.ok() && third.value().event);
  EXPECT_GT(third.value().event->seq, second.value().event->seq);
}

TEST_F(MemoryPresence, ADepartureOfNobodyIsNoNews) {
  const auto standing = hold("ada", 0);
  ASSERT_TRUE(standing.ok());
  EXPECT_FALSE(standing.value().event);
  EXPECT_EQ(store_.users(), 0U);
}

TEST_F(MemoryPresence, RefusesNewUsersWhenFullAndKeepsNoneThatIsRefused) {
  for (const char* who : {"ada", "bob", "cleo"}) ASSERT_TRUE(hold(who, 1).ok());
  const auto refused = hold("dora", 1);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, base::Errc::overloaded);
  EXPECT_EQ(refused.error().code, "presence_full");
  EXPECT_TRUE(hold("ada", 2).ok());
  ASSERT_TRUE(hold("ada", 0).ok());
  EXPECT_EQ(hold("dora", 5, 4).error().code, "connection_limit");
  EXPECT_EQ(store_.users(), 2U);
}

TEST_F(MemoryPresence, RefusesAForeignCursor) {
  std::optional<base::Errc> kind;
  store_.list("\x01", 10, [&](const auto& page) { kind = page.error().kind; });
  EXPECT_EQ(kind, base::Errc::invalid_argument);
}

TEST(MemoryPresenceSize, AUserCostsUnder150Bytes) {
  constexpr int kUsers = 20'000;
  base::ManualClock clock{base::WallTime{std::chrono::hours(24)}};
  MemoryPresenceStore store({kUsers}, clock);
  const auto before = mallinfo2().uordblks;
  for (int i = 0; i < kUsers; ++i) {
    std::string id = "b9f1c3de-5d0c-4b61-9c39-000000000000";
    const std::string number = std::to_string(i);
    id.replace(id.size() - number.size(), number.size(), number);
    store.hold({user(id), 1, 0, core::Reason::connected, Millis{0}, 0}, [](const auto&) {});
  }
  ASSERT_EQ(store.users(), static_cast<std::size_t>(kUsers));
  const auto used = mallinfo2().uordblks - before;
  EXPECT_LE(used / kUsers, 150U);
}

}  // namespace
}  // namespace rollcall::memory

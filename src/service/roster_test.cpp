#include "service/roster.hpp"

#include "service/test_mesh.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rollcall::service {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAreArray;

constexpr std::size_t kShards = 2;

core::MemberId member(const std::string& text) {
  return core::MemberId::parse(text).value();
}

// Answers at once, in the order of the ids; a cursor is the last id of a page.
class FakeStore final : public ports::RosterStore {
 public:
  FakeStore(const QueuedMesh& mesh, std::size_t shard) : mesh_(mesh), shard_(shard) {}

  void touch(core::MemberId who, base::Millis age, Reply<core::Answer> reply) override {
    EXPECT_EQ(age.count(), 0);
    members.insert(std::move(who));
    answer<core::Answer>({members.size()}, reply);
  }
  void leave(core::MemberId who, Reply<core::Answer> reply) override {
    members.erase(who);
    answer<core::Answer>({members.size()}, reply);
  }
  void count(Reply<core::Answer> reply) override { answer<core::Answer>({members.size()}, reply); }
  void is_live(std::vector<core::MemberId> asked,
               Reply<std::vector<std::optional<ports::Sighting>>> reply) override {
    std::vector<std::optional<ports::Sighting>> seen;
    for (const core::MemberId& who : asked) {
      seen.emplace_back();
      if (members.contains(who)) seen.back() = ports::Sighting{{}, base::Millis(shard_)};
    }
    answer(std::move(seen), reply);
  }
  void list(std::string cursor, std::size_t limit, Reply<ports::MemberPage> reply) override {
    ports::MemberPage page;
    auto next = cursor.empty() ? members.begin() : members.upper_bound(member(cursor));
    while (next != members.end() && page.members.size() < limit) page.members.push_back(*next++);
    if (next != members.end() && !page.members.empty()) page.next = page.members.back().text();
    answer(std::move(page), reply);
  }
  void reset(Reply<base::Done> reply) override {
    if (!error) members.clear();
    answer(base::Done{}, reply);
  }
  bool partitioned() const override { return is_partitioned; }

  std::set<core::MemberId> members;
  std::optional<base::Error> error;
  bool is_partitioned = true;

 private:
  template <typename T>
  void answer(T value, const Reply<T>& reply) {
    EXPECT_EQ(mesh_.here(), shard_) << "a store is used on its own shard only";
    error ? reply(*error) : reply(std::move(value));
  }

  const QueuedMesh& mesh_;
  std::size_t shard_;
};

class RosterTest : public testing::Test {
 protected:
  RosterTest() {
    for (int i = 0; i < 20; ++i) everyone_.push_back("member-" + std::to_string(i));
  }

  // The outcome of a request, once all posts have run; it must come on the shard that asked.
  template <typename T, typename Ask>
  base::Result<T> outcome(Ask ask) {
    std::optional<base::Result<T>> result;
    ask([&](base::Result<T> given) {
      EXPECT_FALSE(result.has_value()) << "answered twice";
      EXPECT_EQ(mesh_.here(), 0U);
      result.emplace(std::move(given));
    });
    mesh_.run();
    if (!result) return base::Error{base::Errc::internal, "no_answer", ""};
    return std::move(*result);
  }
  base::Result<core::Answer> touch(const std::string& who) {
    return outcome<core::Answer>([&](auto reply) { roster_.touch(member(who), reply); });
  }
  base::Result<ports::MemberPage> list(const std::string& cursor, std::size_t limit) {
    return outcome<ports::MemberPage>([&](auto reply) { roster_.list(cursor, limit, reply); });
  }
  base::Result<base::Done> reset() {
    return outcome<base::Done>([&](auto reply) { roster_.reset(reply); });
  }
  void touch_everyone() {
    for (const std::string& who : everyone_) ASSERT_TRUE(touch(who).ok());
  }
  void break_store(std::size_t shard) {
    stores_[shard].error = base::Error{base::Errc::unavailable, "broken", ""};
  }

  std::vector<std::string> everyone_;
  QueuedMesh mesh_;
  core::MemberHash hash_{7};
  std::array<FakeStore, kShards> stores_{FakeStore(mesh_, 0), FakeStore(mesh_, 1)};
  Roster roster_{{"r", base::Millis(30'000)}, 0, mesh_, hash_, {&stores_[0], &stores_[1]}};
};

TEST_F(RosterTest, MembersLiveOnTheirHomeShard) {
  touch_everyone();
  for (const std::string& who : everyone_) {
    const std::size_t home = hash_(who) % kShards;
    EXPECT_TRUE(stores_[home].members.contains(member(who)));
    EXPECT_FALSE(stores_[1 - home].members.contains(member(who)));
  }
  EXPECT_THAT(stores_[0].members, testing::Not(IsEmpty()));
  EXPECT_THAT(stores_[1].members, testing::Not(IsEmpty()));
  for (const std::string& who : everyone_) {
    EXPECT_TRUE(
        outcome<core::Answer>([&](auto reply) { roster_.leave(member(who), reply); }).ok());
  }
  EXPECT_THAT(stores_[0].members, IsEmpty());
  EXPECT_THAT(stores_[1].members, IsEmpty());
}

TEST_F(RosterTest, PagesOfAnySizeHoldEveryMemberOnce) {
  touch_everyone();
  for (std::size_t limit = 1; limit <= everyone_.size() + 1; ++limit) {
    std::vector<std::string> listed;
    std::string cursor;
    std::size_t pages = 0;
    do {
      const auto page = list(cursor, limit);
      ASSERT_TRUE(page.ok());
      ASSERT_LE(page.value().members.size(), limit);
      for (const auto& who : page.value().members) listed.push_back(who.text());
      cursor = page.value().next;
      ASSERT_LE(++pages, everyone_.size() + 1);
      ASSERT_TRUE(cursor.empty() || page.value().members.size() == limit);
    } while (!cursor.empty());
    EXPECT_THAT(listed, UnorderedElementsAreArray(everyone_)) << limit;
  }
}

TEST_F(RosterTest, AnEmptyRosterIsOneEmptyPage) {
  const auto page = list("", 10);
  ASSERT_TRUE(page.ok());
  EXPECT_THAT(page.value().members, IsEmpty());
  EXPECT_EQ(page.value().next, "");
}

TEST_F(RosterTest, ForeignCursorsAreRefused) {
  for (const char* cursor :
       {"x", ".", "1", "-1.a", "2.a", "99999999999999999999.a", "1a.b", " 1.a", "+1.a", "0x1.a"}) {
    const auto page = list(cursor, 10);
    ASSERT_FALSE(page.ok()) << cursor;
    EXPECT_EQ(page.error().code, "invalid_cursor");
    EXPECT_EQ(page.error().kind, base::Errc::invalid_argument);
  }
}

TEST_F(RosterTest, LivenessIsAnsweredInTheOrderOfTheQuestion) {
  touch_everyone();
  std::vector<core::MemberId> asked;
  for (const std::string& who : everyone_) {
    asked.push_back(member(who));
    asked.push_back(member("absent-" + who));
  }
  const auto seen = outcome<std::vector<std::optional<ports::Sighting>>>(
      [&](auto reply) { roster_.is_live(asked, reply); });
  ASSERT_TRUE(seen.ok());
  ASSERT_THAT(seen.value(), SizeIs(asked.size()));
  for (std::size_t i = 0; i < asked.size(); ++i) {
    ASSERT_EQ(seen.value()[i].has_value(), i % 2 == 0) << asked[i].text();
    if (i % 2 != 0) continue;
    const std::size_t home = hash_(asked[i].text()) % kShards;
    EXPECT_EQ(static_cast<std::size_t>(seen.value()[i]->age.count()), home);
  }
}

TEST_F(RosterTest, AResetReachesEveryShard) {
  touch_everyone();
  EXPECT_TRUE(reset().ok());
  EXPECT_THAT(stores_[0].members, IsEmpty());
  EXPECT_THAT(stores_[1].members, IsEmpty());
}

TEST_F(RosterTest, AnErrorOfEitherShardIsPassedOn) {
  touch_everyone();
  std::vector<core::MemberId> asked;
  for (const std::string& who : everyone_) asked.push_back(member(who));
  for (std::size_t shard = 0; shard < kShards; ++shard) {
    stores_[1 - shard].error.reset();
    break_store(shard);
    EXPECT_FALSE(reset().ok());
    EXPECT_FALSE(list("", 100).ok());
    const auto seen = outcome<std::vector<std::optional<ports::Sighting>>>(
        [&](auto reply) { roster_.is_live(asked, reply); });
    ASSERT_FALSE(seen.ok());
    EXPECT_EQ(seen.error().code, "broken");
  }
}

TEST_F(RosterTest, ACountAsksTheOwnShardOnly) {
  touch_everyone();
  break_store(1);
  std::uint64_t online = 0;
  roster_.count([&](const base::Result<core::Answer>& answer) { online = answer.value().online; });
  EXPECT_EQ(online, stores_[0].members.size());
  EXPECT_TRUE(mesh_.idle());
}

TEST_F(RosterTest, AStoreThatHoldsAllIsAskedAlone) {
  stores_[0].is_partitioned = stores_[1].is_partitioned = false;
  for (const char* who : {"a", "b", "c"}) stores_[0].members.insert(member(who));
  break_store(1);
  EXPECT_THAT(list("a", 10).value().members, ElementsAre(member("b"), member("c")));
  EXPECT_TRUE(reset().ok());
  EXPECT_THAT(stores_[0].members, IsEmpty());
}

}  // namespace
}  // namespace rollcall::service

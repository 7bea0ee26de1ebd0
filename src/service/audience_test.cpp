#include "service/audience.hpp"

#include "service/test_mesh.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rollcall::service {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// Notes "5 hello" and "5 kicked", by slot.
class NotedSockets final : public ports::Connections {
 public:
  NotedSockets(const QueuedMesh& mesh, std::size_t shard) : mesh_(mesh), shard_(shard) {}

  void deliver(core::ConnectionRef ref, const core::MessagePtr& message) override {
    note(ref, message->bytes);
  }
  void deliver_to_all(const core::MessagePtr&) override { FAIL(); }
  void kick(core::ConnectionRef ref) override { note(ref, "kicked"); }

  std::vector<std::string> notes;

 private:
  void note(core::ConnectionRef ref, const std::string& what) {
    EXPECT_EQ(mesh_.here(), shard_);
    EXPECT_EQ(ref.shard, shard_);
    notes.push_back(std::to_string(ref.slot) + " " + what);
  }

  const QueuedMesh& mesh_;
  const std::size_t shard_;
};

class AudienceTest : public testing::Test {
 protected:
  bool join(core::ConnectionRef observer) {
    bool has_place = false;
    audience_.join(observer, [&, observer](bool taken) {
      EXPECT_EQ(mesh_.here(), observer.shard);
      has_place = taken;
    });
    mesh_.run();
    return has_place;
  }

  QueuedMesh mesh_;
  NotedSockets first_{mesh_, 0};
  NotedSockets second_{mesh_, 1};
  Audience audience_{mesh_, {&first_, &second_}};
};

TEST_F(AudienceTest, AllAreToldEachOnItsOwnShard) {
  EXPECT_TRUE(audience_.is_empty());
  EXPECT_TRUE(join({0, 5, 1}));
  EXPECT_TRUE(join({1, 6, 1}));
  EXPECT_TRUE(join({1, 7, 1}));
  audience_.tell_all(core::make_text("hello"));
  audience_.tell({1, 7, 1}, core::make_text("you"));
  mesh_.run();
  EXPECT_THAT(first_.notes, ElementsAre("5 hello"));
  EXPECT_THAT(second_.notes, ElementsAre("6 hello", "7 hello", "7 you"));
}

TEST_F(AudienceTest, WhoLeftIsToldNothing) {
  ASSERT_TRUE(join({0, 5, 1}));
  ASSERT_TRUE(join({0, 6, 1}));
  audience_.leave({0, 5, 1});
  audience_.leave({0, 5, 1});
  audience_.leave({1, 9, 9});
  mesh_.run();
  EXPECT_FALSE(audience_.is_empty());
  audience_.tell_all(core::make_text("hello"));
  mesh_.run();
  EXPECT_THAT(first_.notes, ElementsAre("6 hello"));
  EXPECT_THAT(second_.notes, IsEmpty());
  audience_.leave({0, 6, 1});
  mesh_.run();
  EXPECT_TRUE(audience_.is_empty());
}

TEST_F(AudienceTest, PlacesAreLimitedAndFreeAgain) {
  std::vector<core::ConnectionRef> greeted;
  audience_.when_joined([&](core::ConnectionRef observer) {
    EXPECT_EQ(mesh_.here(), 0U);
    greeted.push_back(observer);
  });
  for (std::uint32_t slot = 0; slot < Audience::kObservers; ++slot) {
    EXPECT_TRUE(join({slot % 2, slot, 1}));
  }
  EXPECT_FALSE(join({0, 99, 1}));
  EXPECT_THAT(greeted, SizeIs(Audience::kObservers));
  audience_.leave({0, 99, 1});  // it had no place to give back
  EXPECT_FALSE(join({0, 99, 1}));
  audience_.leave({1, 1, 1});
  EXPECT_TRUE(join({0, 99, 1}));
}

TEST_F(AudienceTest, AllCanBeSentAway) {
  ASSERT_TRUE(join({0, 5, 1}));
  ASSERT_TRUE(join({1, 6, 1}));
  audience_.dismiss_all();
  mesh_.run();
  EXPECT_THAT(first_.notes, ElementsAre("5 kicked"));
  EXPECT_THAT(second_.notes, ElementsAre("6 kicked"));
}

}  // namespace
}  // namespace rollcall::service

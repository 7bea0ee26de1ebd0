#include "app/node/watchdog.hpp"

#include "app/node/loop_mesh.hpp"

#include <functional>
#include <latch>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace rollcall::app {
namespace {

constexpr base::Millis kInterval{30};

// Counts what is posted, and passes it on.
class CountingMesh final : public ports::ShardMesh {
 public:
  explicit CountingMesh(ports::ShardMesh& shards) : shards_(shards) {}

  std::size_t size() const override { return shards_.size(); }
  void post(std::size_t shard, std::function<void()> task) override {
    ++posts;
    shards_.post(shard, std::move(task));
  }
  std::size_t posts = 0;

 private:
  ports::ShardMesh& shards_;
};

// Two shards whose loops really turn.
class WatchdogTest : public ::testing::Test {
 protected:
  WatchdogTest() {
    for (std::size_t i = 0; i < shards_.size(); ++i) {
      threads_.emplace_back([this, i] { shards_.loop(i).run(); });
    }
  }
  ~WatchdogTest() override {
    for (std::size_t i = 0; i < shards_.size(); ++i) shards_.loop(i).stop();
    for (std::thread& thread : threads_) thread.join();
  }

  // Turns the main loop until there were `reports`; no test waits for that in vain.
  void run_until(int reports) {
    while (reports_ < reports) loop_.run_one();
  }

  LoopMesh shards_{2};
  std::vector<std::thread> threads_;
  boost::asio::io_context loop_{1};
  int reports_ = 0;
};

TEST_F(WatchdogTest, ReportsAgainAndAgainWhileAllShardsAnswer) {
  Watchdog watchdog(loop_, shards_, kInterval, [this] { ++reports_; });
  watchdog.start();
  run_until(3);
}

TEST_F(WatchdogTest, IsSilentWhileAShardHangs) {
  std::latch hung(1);
  std::latch released(1);
  shards_.post(1, [&] {
    hung.count_down();
    released.wait();
  });
  hung.wait();
  CountingMesh asked(shards_);
  Watchdog watchdog(loop_, asked, kInterval, [this] { ++reports_; });
  watchdog.start();
  // The other shard's answer, then nothing but the timer: asking goes on no further.
  for (int turn = 0; turn < 5; ++turn) loop_.run_one();
  EXPECT_EQ(reports_, 0);
  EXPECT_EQ(asked.posts, 2U);
  released.count_down();
  run_until(2);
}

TEST_F(WatchdogTest, AsksNobodyWithoutAnInterval) {
  Watchdog watchdog(loop_, shards_, base::Millis(0), [this] { ++reports_; });
  watchdog.start();
  EXPECT_EQ(loop_.run(), 0U);
  EXPECT_EQ(reports_, 0);
}

}  // namespace
}  // namespace rollcall::app

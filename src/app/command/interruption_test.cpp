#include "app/command/interruption.hpp"

#include <chrono>
#include <csignal>

#include <gtest/gtest.h>
#include <unistd.h>

namespace rollcall::app {
namespace {

using std::chrono::hours;

TEST(Interruption, EndsARestAtTheFirstSignal) {
  Interruption interruption;
  EXPECT_FALSE(interruption.is_asked());
  EXPECT_TRUE(interruption.rest(base::Millis(0)));
  ::kill(::getpid(), SIGINT);
  EXPECT_FALSE(interruption.rest(hours(1)));
  EXPECT_TRUE(interruption.token().stop_requested());
}

TEST(Interruption, LeavesSignalsAsTheyWere) {
  sigset_t before{};
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  {
    const Interruption interruption;
  }
  sigset_t after{};
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  EXPECT_EQ(sigismember(&after, SIGTERM), sigismember(&before, SIGTERM));
}

TEST(InterruptionDeathTest, EndsTheProgramAtTheSecond) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        Interruption interruption;
        ::kill(::getpid(), SIGTERM);
        static_cast<void>(interruption.rest(hours(1)));
        ::kill(::getpid(), SIGTERM);
        ::pause();
      },
      testing::KilledBySignal(SIGTERM), "");
}

}  // namespace
}  // namespace rollcall::app

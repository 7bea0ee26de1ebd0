#include "transport/net/poller.hpp"

#include <array>
#include <chrono>
#include <functional>

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace rollcall::net {
namespace {

// A descriptor that becomes readable when it is rung, and what is done then.
class Bell final : public PollHandler {
 public:
  Bell() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;
  ~Bell() { ::close(fd_); }

  void on_ready(std::uint32_t events) override {
    EXPECT_NE(events & EPOLLIN, 0U);
    ++heard;
    if (then) then();
  }
  void watch(Poller& poller) { key_ = poller.add(fd_, EPOLLIN | EPOLLET, *this).value(); }
  void renew(Poller& poller) const { poller.renew(key_, fd_, EPOLLIN | EPOLLET); }
  void forget(Poller& poller) { poller.remove(key_, fd_); }
  void ring() const { ASSERT_EQ(::eventfd_write(fd_, 1), 0); }

  int heard = 0;
  std::function<void()> then;

 private:
  int fd_;
  Poller::Key key_ = 0;
};

class PollerTest : public testing::Test {
 protected:
  PollerTest() {
    for (Bell& bell : bells_) bell.watch(poller_);
    poller_.start();
  }
  // Lets the loop do what it can, with a bell of its own as the last.
  void turn() {
    Bell last;
    last.watch(poller_);
    last.ring();
    while (last.heard == 0 && loop_.run_one_for(std::chrono::seconds(10)) > 0) {
    }
    loop_.poll();
    last.forget(poller_);
  }

  boost::asio::io_context loop_{1};
  Poller poller_{loop_};
  std::array<Bell, 3> bells_;
};

TEST_F(PollerTest, TellsEachHandlerOfItsOwnDescriptor) {
  bells_[1].ring();
  turn();
  EXPECT_EQ(bells_[0].heard, 0);
  EXPECT_EQ(bells_[1].heard, 1);
  bells_[1].ring();
  bells_[2].ring();
  turn();
  EXPECT_EQ(bells_[1].heard, 2);
  EXPECT_EQ(bells_[2].heard, 1);
}

TEST_F(PollerTest, ToldAnewAHandlerHearsTheSameStateAgain) {
  bells_[0].ring();
  turn();
  turn();
  EXPECT_EQ(bells_[0].heard, 1);
  bells_[0].renew(poller_);
  bells_[1].renew(poller_);
  turn();
  EXPECT_EQ(bells_[0].heard, 2);
  EXPECT_EQ(bells_[1].heard, 0);
}

TEST_F(PollerTest, EventsOfARemovedHandlerAreDropped) {
  for (Bell& bell : bells_) {
    bell.then = [&] {
      for (Bell& each : bells_) each.forget(poller_);
    };
    bell.ring();
  }
  turn();
  EXPECT_EQ(bells_[0].heard + bells_[1].heard + bells_[2].heard, 1);
}

TEST_F(PollerTest, AnOldKeyDoesNotReachANewHandler) {
  Bell next;
  for (Bell& bell : bells_) {
    bell.then = [&] {
      for (Bell& each : bells_) each.forget(poller_);
      next.watch(poller_);  // takes a slot of which an event is fetched already
    };
    bell.ring();
  }
  turn();
  EXPECT_EQ(next.heard, 0);
  bells_[0].forget(poller_);
  next.ring();
  turn();
  EXPECT_EQ(next.heard, 1);
  next.forget(poller_);
}

TEST_F(PollerTest, AStoppedPollerIsSilent) {
  poller_.stop();
  bells_[0].ring();
  loop_.run();
  EXPECT_EQ(bells_[0].heard, 0);
}

}  // namespace
}  // namespace rollcall::net

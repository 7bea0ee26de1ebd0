#include "websocket_fixture.hpp"

#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rollcall::ws {
namespace {

using base::Millis;

constexpr int kSmallBuffer = 4096;

class LoneShard final : public ports::ShardMesh {
 public:
  explicit LoneShard(boost::asio::io_context& loop) : loop_(loop) {}
  std::size_t size() const override { return 1; }
  void post(std::size_t, std::function<void()> task) override {
    boost::asio::post(loop_, std::move(task));
  }

 private:
  boost::asio::io_context& loop_;
};

class WebSocketObserverTest : public WebSocketTest {
 protected:
  WebSocketObserverTest() {
    audience_.when_joined([this](core::ConnectionRef observer) {
      audience_.tell(observer, core::make_text("hello"));
    });
    sockets_->attach(audience_);
  }

  // Has been greeted.
  std::unique_ptr<SocketClient> look_on(int receive_buffer_bytes = 0) {
    auto client = open(receive_buffer_bytes, [this](http::Upgraded upgraded) {
      sockets_->open_observer(std::move(upgraded));
    });
    EXPECT_TRUE(wait_for_messages(*client, 1));
    return client;
  }

  LoneShard mesh_{loop_};
  service::Audience audience_{mesh_, {sockets_.get()}};
};

TEST_F(WebSocketObserverTest, ItIsToldWhatObserversAreAndNothingElse) {
  const auto observer = look_on();
  const auto user = connect("ada");
  EXPECT_EQ(sockets_->metrics().users.get(), 1);
  sockets_->deliver_to_all(core::make_text("for users"));
  ASSERT_TRUE(wait_for_messages(*user, 2));
  audience_.tell_all(core::make_text("for observers"));
  ASSERT_TRUE(wait_for_messages(*observer, 2));
  EXPECT_THAT(observer->messages(), testing::ElementsAre("hello", "for observers"));
  EXPECT_EQ(sockets_->metrics().messages_out.get(), 2U) << "the user's welcome and message";
  EXPECT_THAT(realtime_.calls, testing::ElementsAre("join ada"));
}

TEST_F(WebSocketObserverTest, WhoClosesIsOffTheList) {
  const auto observer = look_on();
  EXPECT_FALSE(audience_.is_empty());
  observer->send_close(1000);
  EXPECT_TRUE(wait_for_close(*observer, "1000"));
  EXPECT_TRUE(wait_for([&] { return audience_.is_empty(); }));
  EXPECT_TRUE(wait_for_sockets(0));
}

TEST_F(WebSocketObserverTest, OneThatAnswersNoPingIsClosed) {
  const auto observer = look_on();
  clock_.advance(kPing + Millis(1000));
  ASSERT_TRUE(wait_for([&] { return observer->pings() == 1; }));
  clock_.advance(kPongWait - kPing);
  EXPECT_TRUE(wait_for_close(*observer, "1008 timeout"));
  EXPECT_TRUE(wait_for([&] { return audience_.is_empty(); }));
}

TEST_F(WebSocketObserverTest, OneThatDoesNotReadIsClosedAsASlowConsumer) {
  const auto slow = look_on(kSmallBuffer);
  const auto quick = look_on();
  const auto message = core::make_text(std::string(16 * 1024, 'x'));
  std::size_t sent = 0;
  while (sockets_->metrics().slow_consumers.get() == 0 && sent < 10'000) {
    audience_.tell_all(message);
    ++sent;
    ASSERT_TRUE(wait_for_messages(*quick, 1 + sent));
  }
  EXPECT_TRUE(wait_for_close(*slow, "4008 slow_consumer"));
}

TEST_F(WebSocketObserverTest, ADrainClosesIt) {
  const auto observer = look_on();
  bool is_empty = false;
  sockets_->drain(Millis(0), [&] { is_empty = true; });
  EXPECT_TRUE(wait_for_close(*observer, R"(1001 {"reconnectMs":0})"));
  observer->send_close(1001);
  EXPECT_TRUE(wait_for([&] { return is_empty; }));
}

}  // namespace
}  // namespace rollcall::ws

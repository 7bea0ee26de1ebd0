#include "app/node/watchdog.hpp"

#include <utility>

#include <boost/asio/post.hpp>

namespace rollcall::app {

Watchdog::Watchdog(boost::asio::io_context& loop, ports::ShardMesh& shards, base::Millis interval,
                   std::function<void()> on_alive)
    : loop_(loop),
      shards_(shards),
      every_(interval / kAsksPerInterval),
      on_alive_(std::move(on_alive)),
      timer_(loop) {}

void Watchdog::start() {
  if (every_ <= base::Millis(0)) return;
  if (unanswered_ == 0) ask();
  timer_.expires_after(every_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) start();
  });
}

void Watchdog::ask() {
  unanswered_ = shards_.size();
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    shards_.post(i, [this] { boost::asio::post(loop_, [this] { answered(); }); });
  }
}

void Watchdog::answered() {
  if (--unanswered_ == 0) on_alive_();
}

}  // namespace rollcall::app

#pragma once

#include <chrono>
#include <deque>
#include <vector>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>

#include "base/metrics.hpp"
#include "service/roster.hpp"

namespace rollcall::app {

// Asks every roster for its count now and then, for the metrics: a scrape cannot wait for a store.
class Census {
 public:
  Census(boost::asio::io_context& loop, std::vector<service::Roster*> rosters)
      : timer_(loop), rosters_(std::move(rosters)), online_(rosters_.size()) {}

  void start() {
    for (std::size_t i = 0; i < rosters_.size(); ++i) {
      rosters_[i]->count([this, i](const base::Result<core::Answer>& answer) {
        if (answer) online_[i].set(static_cast<std::int64_t>(answer.value().online));
      });
    }
    timer_.expires_after(kEvery);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) start();
    });
  }

  const service::Roster& roster(std::size_t i) const { return *rosters_[i]; }
  std::size_t size() const { return rosters_.size(); }
  std::int64_t online(std::size_t i) const { return online_[i].get(); }

 private:
  static constexpr std::chrono::seconds kEvery{5};

  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                    boost::asio::wait_traits<std::chrono::steady_clock>,
                                    boost::asio::io_context::executor_type>
      timer_;
  std::vector<service::Roster*> rosters_;
  std::deque<base::Gauge> online_;
};

}  // namespace rollcall::app

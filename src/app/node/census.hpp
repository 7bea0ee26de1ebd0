#pragma once

#include "base/metrics.hpp"
#include "service/roster.hpp"

#include <chrono>
#include <memory>
#include <vector>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>

namespace rollcall::app {

// Asks every roster for its count now and then, for the metrics: a scrape cannot wait for a store.
class Census {
 public:
  explicit Census(boost::asio::io_context& loop) : timer_(loop) {}

  // While no shard runs.
  void replace(const std::vector<service::Roster*>& rosters) {
    entries_.clear();
    for (service::Roster* roster : rosters) {
      entries_.push_back(std::make_shared<Entry>(*roster));
    }
  }

  void start() {
    for (const auto& entry : entries_) {
      entry->roster.count([entry](const base::Result<core::Answer>& answer) {
        if (answer) entry->online.set(static_cast<std::int64_t>(answer.value().online));
      });
    }
    timer_.expires_after(kEvery);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) start();
    });
  }

  struct Entry {
    explicit Entry(service::Roster& counted) : roster(counted) {}
    service::Roster& roster;
    base::Gauge online;
  };
  const std::vector<std::shared_ptr<Entry>>& entries() const { return entries_; }

 private:
  static constexpr std::chrono::seconds kEvery{5};

  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                    boost::asio::wait_traits<std::chrono::steady_clock>,
                                    boost::asio::io_context::executor_type>
      timer_;
  std::vector<std::shared_ptr<Entry>> entries_;
};

}  // namespace rollcall::app

#pragma once

#include "adapters/postgres/link.hpp"
#include "adapters/postgres/roster_table.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/time.hpp"
#include "core/backoff.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>

namespace rollcall::postgres {

struct RosterCleanerOptions {
  base::Millis every{60'000};       // each wait is up to a quarter shorter or longer; 0: never
  std::vector<RosterName> rosters;  // rows of others go after kUnknownTtl
  std::string sessions_table;       // of another program; empty: none
  base::Millis sessions_ttl{0};     // of its rows
};

struct RosterCleanerCounters {
  base::Counter cleaned;       // rows
  base::Counter clean_errors;  // runs that ended early; the next one goes on
};

// Deletes rows that no answer needs any more: of members and sessions that have been gone for a
// ttl and kMargin, and dead entries of the board. A run looks first, and writes only when it finds
// something. Rows go in small batches, a range of blocks each, by statements that wait for nobody,
// so that beats go on meanwhile and any number of nodes may clean at once.
class RosterCleaner {
 public:
  static constexpr base::Millis kMargin{60'000};
  static constexpr base::Millis kUnknownTtl = std::chrono::hours(24 * 31);  // above any ttl

  // `link`, `context` and `logger` outlive the cleaner.
  RosterCleaner(RosterCleanerOptions options, Link& link, boost::asio::io_context& context,
                const base::Logger& logger);
  RosterCleaner(const RosterCleaner&) = delete;
  RosterCleaner& operator=(const RosterCleaner&) = delete;

  void start();  // on the loop's thread, where it ends, too

  const RosterCleanerCounters& counters() const { return counters_; }

 private:
  using Timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                        boost::asio::wait_traits<std::chrono::steady_clock>,
                                        boost::asio::io_context::executor_type>;
  // The table is named `t` in the condition, whose parameters begin with $1.
  struct Target {
    std::string table;
    std::string is_dead;
    std::vector<Parameter> parameters;
  };

  std::vector<Target> targets() const;
  void wait(base::Millis time);
  void run();
  void look();
  void sweep();
  void swept(const Rows& rows);
  void end(const base::Error& error);
  template <typename Then>
  void ask(Query query, Then then);

  RosterCleanerOptions options_;
  Link& link_;
  const base::Logger& logger_;
  std::vector<Target> targets_;
  std::size_t target_ = 0;
  std::uint64_t block_ = 0;
  std::uint64_t cleaned_ = 0;  // in this run
  bool failed_ = false;        // the run before
  Timer timer_;
  core::Backoff backoff_;
  std::minstd_rand random_;
  RosterCleanerCounters counters_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // what is under way holds it weakly
};

}  // namespace rollcall::postgres

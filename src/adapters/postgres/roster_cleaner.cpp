#include "adapters/postgres/roster_cleaner.hpp"

#include "adapters/postgres/table_name.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace rollcall::postgres {
namespace {

constexpr std::uint64_t kBlocksAStep = 256;
constexpr std::int64_t kRowsAStep = 1000;
constexpr base::Millis kPause{20};  // between two steps, for others to come in
constexpr base::Millis kFirstRetry{1000};
constexpr base::Millis kLastRetry = std::chrono::minutes(5);

// $1 rosters, $2 how long their rows are kept, $3 for others.
constexpr const char* kDeadMember = R"sql(
greatest(t.live_since, t.last_seen, t.left_at) < now() - interval '1 millisecond' *
  coalesce((SELECT k.kept FROM unnest($1::text[], $2::int8[]) AS k(roster, kept)
            WHERE k.roster = t.roster LIMIT 1), $3))sql";

// $1 how long they are kept.
constexpr const char* kDeadSession = "t.last_activity < now() - $1 * interval '1 millisecond'";
constexpr const char* kDeadEntry = "t.until < now() - $1 * interval '1 millisecond'";

// A row that somebody holds is left for the next time: nobody waits, so nobody deadlocks.
constexpr const char* kSweep = R"sql(
WITH dead AS MATERIALIZED (
  SELECT t.ctid AS place FROM {table} AS t
  WHERE t.ctid >= ${first}::text::tid AND t.ctid < ${last}::text::tid AND {is_dead}
  LIMIT {limit}
  FOR UPDATE SKIP LOCKED),
gone AS (
  DELETE FROM {table} AS t WHERE t.ctid = ANY (ARRAY(SELECT place FROM dead)) AND {is_dead}
  RETURNING 1)
SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM dead),
  pg_relation_size(${name}::text::regclass) / current_setting('block_size')::int8
)sql";
constexpr int kGone = 0;
constexpr int kFound = 1;
constexpr int kBlocks = 2;

Parameter block(std::uint64_t number) {
  return text(fmt::format("({},0)", number));
}

std::int64_t kept(base::Millis ttl) {
  return (ttl + RosterCleaner::kMargin).count();
}

}  // namespace

RosterCleaner::RosterCleaner(RosterCleanerOptions options, Link& link,
                             boost::asio::io_context& context, const base::Logger& logger)
    : options_(std::move(options)),
      link_(link),
      logger_(logger),
      targets_(targets()),
      timer_(context),
      backoff_(kFirstRetry, kLastRetry, std::random_device{}()),
      random_(std::random_device{}()) {}

std::vector<RosterCleaner::Target> RosterCleaner::targets() const {
  std::vector<std::string_view> names;
  std::vector<std::int64_t> times;
  for (const RosterName& roster : options_.rosters) {
    names.emplace_back(roster.name);
    times.push_back(kept(roster.ttl));
  }
  std::vector<Target> all{{"rollcall_members",
                           kDeadMember,
                           {text_array(names), int8_array(times), int8(kUnknownTtl.count())}},
                          {"rollcall_outages", kDeadEntry, {int8(kMargin.count())}}};
  if (!options_.sessions_table.empty()) {
    all.push_back({quoted_table(options_.sessions_table).value(),
                   kDeadSession,
                   {int8(kept(options_.sessions_ttl))}});
  }
  return all;
}

void RosterCleaner::start() {
  if (options_.every > base::Millis(0)) wait(options_.every);
}

void RosterCleaner::wait(base::Millis time) {
  std::uniform_int_distribution<base::Millis::rep> some(0, time.count() / 2);
  timer_.expires_after(time - time / 4 + base::Millis(some(random_)));
  timer_.async_wait(
      [this, alive = std::weak_ptr<char>(alive_)](const boost::system::error_code& error) {
        if (!error && !alive.expired()) run();
      });
}

template <typename Then>
void RosterCleaner::ask(Query query, Then then) {
  link_.send(std::move(query), [this, then = std::move(then), alive = std::weak_ptr<char>(alive_)](
                                   const base::Result<Rows>& rows) {
    if (alive.expired()) return;
    if (!rows.ok()) return end(rows.error());
    then(rows.value());
  });
}

void RosterCleaner::run() {
  if (!link_.is_up()) return wait(options_.every);
  target_ = 0;
  cleaned_ = 0;
  look();
}

// A mere read.
void RosterCleaner::look() {
  if (target_ == targets_.size()) {
    if (cleaned_ > 0) logger_.info("postgres rows cleaned", {{"rows", cleaned_}});
    if (std::exchange(failed_, false)) logger_.info("postgres is cleaned again");
    backoff_.reset();
    return wait(options_.every);
  }
  const Target& target = targets_[target_];
  ask({fmt::format("SELECT EXISTS (SELECT FROM {} AS t WHERE {})", target.table, target.is_dead),
       target.parameters},
      [this](const Rows& rows) {
        block_ = 0;
        if (rows.flag(0, 0)) return sweep();
        ++target_;
        look();
      });
}

void RosterCleaner::sweep() {
  const Target& target = targets_[target_];
  std::vector<Parameter> parameters = target.parameters;
  const std::size_t own = parameters.size();
  parameters.push_back(block(block_));
  parameters.push_back(block(block_ + kBlocksAStep));
  parameters.push_back(text(target.table));
  ask({fmt::format(kSweep, fmt::arg("table", target.table), fmt::arg("is_dead", target.is_dead),
                   fmt::arg("limit", kRowsAStep), fmt::arg("first", own + 1),
                   fmt::arg("last", own + 2), fmt::arg("name", own + 3)),
       std::move(parameters)},
      [this](const Rows& rows) { swept(rows); });
}

void RosterCleaner::swept(const Rows& rows) {
  const auto gone = static_cast<std::uint64_t>(rows.integer(0, kGone));
  counters_.cleaned.add(gone);
  cleaned_ += gone;
  const bool more_here = gone > 0 && rows.integer(0, kFound) == kRowsAStep;
  if (!more_here) block_ += kBlocksAStep;
  if (block_ >= static_cast<std::uint64_t>(rows.integer(0, kBlocks))) {
    ++target_;
    return look();
  }
  timer_.expires_after(kPause);
  timer_.async_wait(
      [this, alive = std::weak_ptr<char>(alive_)](const boost::system::error_code& error) {
        if (!error && !alive.expired()) sweep();
      });
}

// One line, however often it fails again.
void RosterCleaner::end(const base::Error& error) {
  counters_.clean_errors.add();
  if (!std::exchange(failed_, true)) {
    logger_.warn("postgres is not cleaned",
                 {{"table", targets_[target_].table}, {"reason", error.message}});
  }
  wait(kFirstRetry + backoff_.next());
}

}  // namespace rollcall::postgres

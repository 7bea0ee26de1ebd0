#include "adapters/postgres/rebuild_lock.hpp"

#include "adapters/postgres/policy_columns.hpp"
#include "core/backoff.hpp"

#include <condition_variable>
#include <mutex>
#include <random>

#include <fmt/format.h>

namespace rollcall::postgres {
namespace {

constexpr std::string_view kLockNotAvailable = "55P03";
constexpr std::string_view kDeadlock = "40P01";
constexpr std::string_view kSerialization = "40001";

// Should this process freeze, the server ends its transaction.
constexpr base::Millis kFrozen{10'000};

// A vacuum, as far as may be told without privileges. An automatic one gives way to whoever has
// waited for deadlock_timeout.
constexpr const char* kIsVacuumed = R"sql(
SELECT EXISTS (
  SELECT FROM pg_locks WHERE locktype = 'relation' AND relation = $1::oid AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND mode = 'ShareUpdateExclusiveLock')
)sql";

constexpr const char* kHolders = R"sql(
SELECT string_agg(holder, ', ') FROM (
  SELECT format('process %s%s', pid, ' (' || nullif(max(application_name), '') || ')') AS holder
  FROM pg_locks LEFT JOIN pg_stat_activity USING (pid)
  WHERE locktype = 'relation' AND relation = $1::oid AND granted AND pid <> pg_backend_pid()
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  GROUP BY pid ORDER BY min(xact_start) LIMIT 3) AS holders
)sql";

bool may_pass(std::string_view sqlstate) {
  return sqlstate == kLockNotAvailable || sqlstate == kDeadlock || sqlstate == kSerialization;
}

base::Result<base::Millis> wait_for(WorkSession& session, const TableLock& lock,
                                    const RebuildLimits& limits) {
  const auto vacuumed = session.run({kIsVacuumed, {int8(lock.oid)}}, kCataloguePatience);
  if (!vacuumed.ok()) return vacuumed.error();
  return vacuumed.value().flag(0, 0) ? limits.vacuum_wait : limits.lock_wait;
}

// One attempt.
base::Status locked_once(WorkSession& session, const TableLock& lock, base::Millis wait,
                         const std::function<base::Status()>& work) {
  const auto locked =
      session.run({fmt::format("BEGIN; SET LOCAL lock_timeout = {};"
                               " SET LOCAL idle_in_transaction_session_timeout = {};"
                               " LOCK TABLE ONLY {} IN {} MODE",
                               wait.count(), kFrozen.count(), lock.table, lock.mode),
                   {}},
                  wait + kCataloguePatience);
  if (!locked.ok()) return locked.error();
  base::Status done = work();
  if (!done.ok()) return done;
  const auto committed = session.run({"COMMIT", {}}, kCataloguePatience);
  if (!committed.ok()) return committed.error();
  return base::Done{};
}

base::Error given_up(WorkSession& session, const TableLock& lock, unsigned attempts) {
  const auto holders = session.run({kHolders, {int8(lock.oid)}}, kCataloguePatience);
  if (!holders.ok()) return holders.error();
  const std::string who(holders.value().is_null(0, 0) ? "others" : holders.value().text(0, 0));
  return {base::Errc::unavailable, "rebuild_locked",
          fmt::format("no lock on {} in {} attempts: {} held it; let long transactions end first",
                      lock.table, attempts, who)};
}

}  // namespace

base::Status with_lock(WorkSession& session, const TableLock& lock, const RebuildLimits& limits,
                       const std::stop_token& stop,
                       const std::function<void(unsigned)>& on_attempt,
                       const std::function<base::Status()>& work) {
  core::Backoff backoff(limits.first_rest, limits.last_rest, std::random_device{}());
  for (unsigned attempt = 1;; ++attempt) {
    on_attempt(attempt);
    const auto wait = wait_for(session, lock, limits);
    if (!wait.ok()) return wait.error();
    base::Status done = locked_once(session, lock, wait.value(), work);
    if (done.ok()) return done;
    const bool again = may_pass(session.sqlstate());
    const auto rolled_back = session.run({"ROLLBACK", {}}, kCataloguePatience);
    if (!rolled_back.ok()) session.close();
    if (!again) return done;
    if (!rolled_back.ok()) return rolled_back.error();
    if (attempt >= limits.attempts) return given_up(session, lock, attempt);
    rest(stop, backoff.next());
  }
}

bool rest(const std::stop_token& stop, base::Millis time) {
  std::mutex mutex;
  std::unique_lock<std::mutex> lock(mutex);
  std::condition_variable_any woken;
  woken.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace rollcall::postgres

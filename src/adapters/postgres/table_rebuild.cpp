#include "adapters/postgres/table_rebuild.hpp"

#include "adapters/postgres/policy_columns.hpp"
#include "adapters/postgres/policy_sql.hpp"
#include "adapters/postgres/rebuild_check.hpp"
#include "adapters/postgres/rebuild_copy.hpp"
#include "adapters/postgres/rebuild_lock.hpp"
#include "adapters/postgres/rebuild_remains.hpp"
#include "adapters/postgres/rebuild_shape.hpp"
#include "adapters/postgres/rebuild_swap.hpp"
#include "adapters/postgres/rebuild_work.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace rollcall::postgres {
namespace {

using std::chrono::steady_clock;

// How long the server may take to find that the connection of a failed rebuild is gone.
constexpr base::Millis kClaimPatience{10'000};
constexpr base::Millis kClaimAgain{50};
// Some seconds, for whoever stopped a rebuild waits: the next run goes on with what is left.
constexpr unsigned kClearAttempts = 5;

std::string purpose(const core::RetentionPolicy& policy) {
  return "rebuild: " + policy.name;
}

base::Error refused(std::string why) {
  return {base::Errc::forbidden, "rebuild_refused", std::move(why)};
}

base::Result<PolicySql> open(WorkSession& session, const core::RetentionPolicy& policy) {
  const base::Status opened = session.open();
  if (!opened.ok()) return opened.error();
  return read_policy(session, policy);
}

base::Result<std::uint64_t> size_of(WorkSession& session, std::uint32_t oid) {
  const auto rows =
      session.run({"SELECT pg_total_relation_size($1::oid)", {int8(oid)}}, kCataloguePatience);
  if (!rows.ok()) return rows.error();
  return static_cast<std::uint64_t>(rows.value().integer(0, 0));
}

// Claims the table, and ends here with what there is against a rebuild.
base::Status check(WorkSession& session, const core::RetentionPolicy& policy, const PolicySql& sql,
                   const RebuildShape& shape) {
  const auto outlook = look_ahead(session, policy, sql, shape);
  if (!outlook.ok()) return outlook.error();
  std::string reasons;
  for (const std::string& refusal : outlook.value().refusals) {
    reasons += (reasons.empty() ? "" : "\n") + refusal;
  }
  if (!reasons.empty()) return refused(std::move(reasons));
  return base::Done{};
}

base::Status replace(RebuildWork& work) {
  base::Status status = begin_notes(work);
  if (status.ok()) status = copy_survivors(work);
  if (status.ok()) status = catch_up(work);
  if (status.ok()) status = swap_storage(work);
  return status;
}

// On a connection of its own, for the rebuild's may be lost, or have been told to stop.
base::Result<unsigned> clear_up(const core::RetentionPolicy& policy, RebuildLimits limits) {
  limits.attempts = std::min(limits.attempts, kClearAttempts);
  const std::stop_token never;
  WorkSession session(policy.url, purpose(policy), never);
  const auto sql = open(session, policy);
  if (!sql.ok()) return sql.error();
  const auto deadline = steady_clock::now() + kClaimPatience;
  while (true) {
    const auto claimed = claim_alone(session, sql.value());
    if (!claimed.ok()) return claimed.error();
    if (claimed.value()) break;
    if (steady_clock::now() > deadline) {
      return base::Error{base::Errc::unavailable, "rebuild_remains", "the table is still claimed"};
    }
    rest(never, kClaimAgain);
  }
  return drop_remains(session, sql.value(), limits, never);
}

base::Error failed(base::Error error, const RebuildWork& work) {
  work.session.close();
  const auto cleared = clear_up(work.policy, work.limits);
  if (!cleared.ok()) {
    error.message +=
        fmt::format("; what stands beside {} is removed by the next run or rebuild, for now: {}",
                    work.sql.table, cleared.error().message);
  } else if (cleared.value() > 0) {
    error.message += fmt::format("; {} is as it was", work.sql.table);
  }
  return error;
}

// So that the first readers do not pay for it, and the catalogue forgets the triggers that were
// there for a while. It is of use, and no more.
void vacuum(RebuildWork& work) {
  work.tell("vacuums");
  const auto ignored =
      work.session.run({"VACUUM (ANALYZE, SKIP_LOCKED) " + work.shape.table, {}}, kBulkPatience);
  static_cast<void>(ignored.ok());
}

}  // namespace

base::Result<RebuildOutlook> look_at_rebuild(const core::RetentionPolicy& policy,
                                             std::stop_token stop) {
  WorkSession session(policy.url, purpose(policy), std::move(stop));
  const auto sql = open(session, policy);
  if (!sql.ok()) return sql.error();
  const auto shape = read_shape(session, sql.value());
  if (!shape.ok()) return shape.error();
  return look_ahead(session, policy, sql.value(), shape.value());
}

base::Result<RebuildReport> rebuild_table(
    const core::RetentionPolicy& policy, std::stop_token stop,
    const std::function<void(const RebuildProgress&)>& on_progress, const RebuildLimits& limits) {
  const auto began = steady_clock::now();
  WorkSession session(policy.url, purpose(policy), stop);
  const auto sql = open(session, policy);
  if (!sql.ok()) return sql.error();
  const auto claimed = claim_alone(session, sql.value());
  if (!claimed.ok()) return claimed.error();
  if (!claimed.value()) {
    return refused(fmt::format("a run or another rebuild is at work on {}: let it end first",
                               sql.value().table));
  }
  const auto remains = drop_remains(session, sql.value(), limits, stop);
  if (!remains.ok()) return remains.error();
  auto shape = read_shape(session, sql.value());
  if (!shape.ok()) return std::move(shape).error();
  const base::Status checked = check(session, policy, sql.value(), shape.value());
  if (!checked.ok()) return checked.error();
  const auto bytes_before = size_of(session, sql.value().oid);
  if (!bytes_before.ok()) return bytes_before.error();

  RebuildWork work{session, policy,          sql.value(), std::move(shape).value(),
                   limits,  std::move(stop), on_progress};
  base::Status replaced = replace(work);
  if (!replaced.ok()) return failed(std::move(replaced).error(), work);
  vacuum(work);
  const auto bytes_after = size_of(session, sql.value().oid);
  work.report.changes = work.progress.changes;
  work.report.attempts = work.progress.attempts;
  work.report.bytes_before = bytes_before.value();
  work.report.bytes_after = bytes_after.ok() ? bytes_after.value() : 0;
  work.report.took = std::chrono::duration_cast<base::Millis>(steady_clock::now() - began);
  return work.report;
}

base::Result<unsigned> remove_rebuild_remains(const core::RetentionPolicy& policy,
                                              std::stop_token stop) {
  WorkSession session(policy.url, purpose(policy), stop);
  const auto sql = open(session, policy);
  if (!sql.ok()) return sql.error();
  const auto claimed = claim_shared(session, sql.value());
  if (!claimed.ok()) return claimed.error();
  if (!claimed.value()) return 0U;
  return drop_remains(session, sql.value(), {}, stop);
}

}  // namespace rollcall::postgres

#include "service/retention.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::service {
namespace {

constexpr base::Millis kIdle{60'000};  // without any policy

}  // namespace

Retention::Retention(MakeTable make_table, Events events, const base::Clock& clock,
                     std::uint32_t seed)
    : make_table_(std::move(make_table)),
      events_(std::move(events)),
      clock_(clock),
      random_(seed) {}

void Retention::replace_policies(std::vector<core::RetentionPolicy> policies) {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Entry>> kept;
  for (core::RetentionPolicy& policy : policies) {
    const auto old = std::ranges::find(entries_, policy.name,
                                       [](const auto& entry) { return entry->policy.name; });
    const core::Backoff backoff(kFirstRetry, kLastRetry, next_seed());
    auto entry = old != entries_.end() ? *old : std::make_shared<Entry>(Entry{{}, {}, backoff});
    if (entry->policy != policy) {
      entry->status.policy = policy.name;
      entry->status.table = policy.table;
      entry->status.next = clock_.now() + jittered(std::min(policy.every, kFirstRun)) / 2;
      entry->policy = std::move(policy);
    }
    kept.push_back(std::move(entry));
  }
  entries_ = std::move(kept);
}

base::Millis Retention::run_due(const std::function<bool(base::Millis)>& rest) {
  while (rest(base::Millis(0))) {
    const std::optional<Turn> due = take_due();
    if (!due) return until_next();
    run(*due, rest);
  }
  return base::Millis(0);
}

// The one that has waited longest.
std::optional<Retention::Turn> Retention::take_due() {
  const std::lock_guard lock(mutex_);
  const base::WallTime now = clock_.now();
  const auto first =
      std::ranges::min_element(entries_, {}, [](const auto& entry) { return entry->status.next; });
  if (first == entries_.end() || (*first)->status.next > now) return std::nullopt;
  (*first)->status.running.emplace();
  return Turn{*first, (*first)->policy, now, next_seed()};
}

void Retention::run(const Turn& turn, const std::function<bool(base::Millis)>& rest) {
  const auto table = make_table_(turn.policy);
  bool has_begun = false;
  const RetentionRun::Hooks hooks{rest, [&](const RetentionProgress& progress) {
                                    note(*turn.entry, progress);
                                    if (has_begun || progress.plan.reason.empty()) return;
                                    has_begun = true;
                                    events_.on_begin(status_of(*turn.entry));
                                  }};
  RetentionRun run(turn.policy, *table, clock_, hooks, turn.seed);
  end(turn, run.run());
  events_.on_end(status_of(*turn.entry));
}

void Retention::note(Entry& entry, const RetentionProgress& progress) {
  const std::lock_guard lock(mutex_);
  entry.status.running = progress;
  const std::uint64_t due = progress.plan.due_rows;
  entry.status.backlog = due - std::min(due, progress.deleted);
}

void Retention::end(const Turn& turn, RetentionReport report) {
  using Outcome = RetentionReport::Outcome;
  const std::lock_guard lock(mutex_);
  Entry& entry = *turn.entry;
  RetentionStatus& status = entry.status;
  const bool failed = report.outcome == Outcome::failed;
  status.running.reset();
  ++status.runs;
  status.failures += failed ? 1 : 0;
  status.failures_in_a_row = failed ? status.failures_in_a_row + 1 : 0;
  status.deleted += report.deleted;
  status.deleted_bytes += report.deleted_bytes;
  status.worked += report.took;
  if (report.outcome == Outcome::done) {
    status.backlog = report.locked + report.refused;
    entry.backoff.reset();
  }
  status.oldest = report.oldest;
  const base::Millis every = jittered(turn.policy.every);
  const base::Millis retry = std::min(every, kFirstRetry + entry.backoff.next());
  const bool is_changed = entry.policy != turn.policy;  // then it has its time already
  if (!is_changed) status.next = clock_.now() + (failed ? retry : every);
  status.latest.push_back({turn.began, std::move(report)});
  if (status.latest.size() > RetentionStatus::kMaxRuns) status.latest.pop_front();
}

RetentionStatus Retention::status_of(const Entry& entry) const {
  const std::lock_guard lock(mutex_);
  return entry.status;
}

base::Millis Retention::until_next() const {
  const std::lock_guard lock(mutex_);
  base::Millis wait = kIdle;
  for (const auto& entry : entries_) {
    wait = std::min(wait, std::max(entry->status.next - clock_.now(), base::Millis(0)));
  }
  return wait;
}

std::vector<RetentionStatus> Retention::status() const {
  const std::lock_guard lock(mutex_);
  std::vector<RetentionStatus> all;
  for (const auto& entry : entries_) all.push_back(entry->status);
  return all;
}

// Up to a quarter shorter or longer, so that nodes that started together run apart.
base::Millis Retention::jittered(base::Millis every) {
  std::uniform_int_distribution<base::Millis::rep> some(0, every.count() / 2);
  return every - every / 4 + base::Millis(some(random_));
}

}  // namespace rollcall::service

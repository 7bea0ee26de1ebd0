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
    if (old != entries_.end() && (*old)->policy == policy) {
      kept.push_back(*old);
      continue;
    }
    const core::Backoff backoff(kFirstRetry, kLastRetry, next_seed());
    auto entry = std::make_shared<Entry>(Entry{std::move(policy), {}, backoff});
    if (old != entries_.end()) entry->status = (*old)->status;
    entry->status.running.reset();
    entry->status.policy = entry->policy.name;
    entry->status.table = entry->policy.table;
    entry->status.next = clock_.now() + jittered(std::min(entry->policy.every, kFirstRun)) / 2;
    kept.push_back(std::move(entry));
  }
  entries_ = std::move(kept);
}

base::Millis Retention::run_due(const std::function<bool(base::Millis)>& rest) {
  while (rest(base::Millis(0))) {
    const std::shared_ptr<Entry> due = take_due();
    if (!due) return until_next();
    run(*due, rest);
  }
  return base::Millis(0);
}

// The one that has waited longest.
std::shared_ptr<Retention::Entry> Retention::take_due() {
  const std::lock_guard lock(mutex_);
  const auto first =
      std::ranges::min_element(entries_, {}, [](const auto& entry) { return entry->status.next; });
  if (first == entries_.end() || (*first)->status.next > clock_.now()) return nullptr;
  (*first)->status.running.emplace();
  (*first)->seed = next_seed();
  return *first;
}

void Retention::run(Entry& entry, const std::function<bool(base::Millis)>& rest) {
  const base::WallTime began = clock_.now();
  const auto table = make_table_(entry.policy);
  bool has_begun = false;
  const RetentionRun::Hooks hooks{rest, [&](const RetentionProgress& progress) {
                                    note(entry, progress);
                                    if (std::exchange(has_begun, true)) return;
                                    events_.on_begin(entry.status);
                                  }};
  RetentionRun run(entry.policy, *table, clock_, hooks, entry.seed);
  end(entry, began, run.run());
  events_.on_end(entry.status);
}

void Retention::note(Entry& entry, const RetentionProgress& progress) {
  const std::lock_guard lock(mutex_);
  entry.status.running = progress;
  const std::uint64_t due = progress.plan.due_rows;
  entry.status.backlog = due - std::min(due, progress.deleted);
}

void Retention::end(Entry& entry, base::WallTime began, RetentionReport report) {
  using Outcome = RetentionReport::Outcome;
  const std::lock_guard lock(mutex_);
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
  const base::Millis every = jittered(entry.policy.every);
  const base::Millis retry = std::min(every, kFirstRetry + entry.backoff.next());
  status.next = clock_.now() + (failed ? retry : every);
  status.latest.push_back({began, std::move(report)});
  if (status.latest.size() > RetentionStatus::kMaxRuns) status.latest.pop_front();
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

#include "app/node/retention_worker.hpp"

#include "adapters/postgres/retention_table.hpp"
#include "adapters/postgres/table_rebuild.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include <pthread.h>

namespace rollcall::app {
namespace {

constexpr base::Millis kLongestRest = std::chrono::hours(1);

}  // namespace

RetentionWorker::RetentionWorker(const base::Clock& clock, const base::Logger& logger)
    : logger_(logger),
      log_(logger),
      retention_([this](const core::RetentionPolicy& policy) { return open_table(policy); },
                 {[this](const service::RetentionStatus& status) { log_.begin(status); },
                  [this](const service::RetentionStatus& status) { log_.end(status); }},
                 clock, std::random_device()()) {}

void RetentionWorker::replace_policies(std::vector<core::RetentionPolicy> policies) {
  if (policies == policies_) return;
  policies_ = policies;
  retention_.replace_policies(std::move(policies));
  if (!thread_.joinable()) {
    if (!policies_.empty() && !stop_.stop_requested()) thread_ = std::thread([this] { work(); });
    return;
  }
  {
    const std::scoped_lock lock(mutex_);
    are_policies_new_ = true;
  }
  wake_.notify_all();
}

void RetentionWorker::stop() {
  request_stop();
  if (thread_.joinable()) thread_.join();
}

// Whatever a rebuild that died has left goes first, for it slows each change of the table.
std::unique_ptr<ports::RetentionTable> RetentionWorker::open_table(
    const core::RetentionPolicy& policy) {
  const auto removed = postgres::remove_rebuild_remains(policy, stop_.get_token());
  if (!removed) {
    logger_.debug("remains of rebuilds are not removed",
                  {{"policy", policy.name}, {"reason", removed.error().message}});
  } else if (removed.value() > 0) {
    logger_.info("remains of rebuilds removed",
                 {{"policy", policy.name}, {"rebuilds", removed.value()}});
  }
  return std::make_unique<postgres::PostgresRetentionTable>(policy, postgres::SweepMode::real,
                                                            stop_.get_token());
}

void RetentionWorker::work() {
  ::pthread_setname_np(::pthread_self(), "retention");
  const std::stop_token stop = stop_.get_token();
  while (!stop.stop_requested()) {
    const base::Millis idle = retention_.run_due([this](base::Millis time) { return rest(time); });
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, std::min(idle, kLongestRest), [this] { return are_policies_new_; });
    are_policies_new_ = false;
  }
}

// Within a run: new policies do not wake it.
bool RetentionWorker::rest(base::Millis time) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, stop_.get_token(), time, [] { return false; });
  return !stop_.stop_requested();
}

}  // namespace rollcall::app

#pragma once

#include "app/node/retention_log.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "core/retention_policy.hpp"
#include "service/retention.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace rollcall::app {

// Retention inside a server, on a thread of its own that begins with the first policy: what it
// waits for, nobody else waits for. All but status() belongs to the main thread.
class RetentionWorker {
 public:
  RetentionWorker(const base::Clock& clock, const base::Logger& logger);
  RetentionWorker(const RetentionWorker&) = delete;
  RetentionWorker& operator=(const RetentionWorker&) = delete;
  ~RetentionWorker() { stop(); }

  // A run under way goes on as it began.
  void replace_policies(std::vector<core::RetentionPolicy> policies);
  const std::vector<core::RetentionPolicy>& policies() const { return policies_; }

  // Cancels the statement under way, and begins no other.
  void request_stop() { stop_.request_stop(); }
  void stop();  // waits for that

  // A policy each. From any thread.
  std::vector<service::RetentionStatus> status() const { return retention_.status(); }

 private:
  std::unique_ptr<ports::RetentionTable> open_table(const core::RetentionPolicy& policy);
  void work();
  bool rest(base::Millis time);

  const base::Logger& logger_;
  RetentionLog log_;
  service::Retention retention_;
  std::vector<core::RetentionPolicy> policies_;
  std::stop_source stop_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  bool are_policies_new_ = false;  // under the mutex
  std::thread thread_;
};

}  // namespace rollcall::app

#pragma once

#include "base/log.hpp"
#include "service/retention.hpp"

namespace rollcall::app {

// Tells of runs in the log: of a failure once until a run is done again, of nothing to do at debug
// level.
class RetentionLog {
 public:
  explicit RetentionLog(const base::Logger& logger) : logger_(logger) {}

  void begin(const service::RetentionStatus& status) const;
  void end(const service::RetentionStatus& status) const;

 private:
  void fail(const service::RetentionStatus& status) const;

  const base::Logger& logger_;
};

}  // namespace rollcall::app

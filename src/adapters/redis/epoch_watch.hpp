#pragma once

#include <string>

namespace rollcall::redis {

// Notices that a server lost its data: the id of the roster's epoch lies outside the roster, so
// that no reset, nor a DEL of the roster by another program, takes it away. FLUSHALL, a restart
// without persistence or a failover to an empty replica do.
class EpochWatch {
 public:
  // Takes the id of a reply (empty: there is none) and tells whether data was lost since the
  // reply before. A loss is told once.
  bool lost(const std::string& id) {
    const bool differs = !known_.empty() && id != known_;
    known_ = id;
    return differs;
  }

 private:
  std::string known_;
};

}  // namespace rollcall::redis

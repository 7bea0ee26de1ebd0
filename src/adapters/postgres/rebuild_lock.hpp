#pragma once

#include "adapters/postgres/table_rebuild.hpp"
#include "adapters/postgres/work_session.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

namespace rollcall::postgres {

struct TableLock {
  std::string table;  // quoted
  std::uint32_t oid = 0;
  std::string_view mode;
};

// Runs `work` in a transaction that begins with the lock, and commits. When the lock, or one that
// `work` needs, is not to be had in time, it rolls back, rests, and tries again: nobody waits
// behind it for longer than that. `unavailable` ("rebuild_locked") when it gives up, `unavailable`
// ("stopped"), or the error of `work`; then the transaction is rolled back, or the session closed.
base::Status with_lock(WorkSession& session, const TableLock& lock, const RebuildLimits& limits,
                       const std::stop_token& stop,
                       const std::function<void(unsigned)>& on_attempt,
                       const std::function<base::Status()>& work);

// False: told to stop.
bool rest(const std::stop_token& stop, base::Millis time);

}  // namespace rollcall::postgres

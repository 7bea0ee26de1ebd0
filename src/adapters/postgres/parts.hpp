#pragma once

#include "adapters/postgres/rows.hpp"
#include "base/result.hpp"
#include "ports/roster_store.hpp"

#include <cstddef>
#include <utility>

namespace rollcall::postgres {

// What several statements do has succeeded when all of them have.
class Parts {
 public:
  Parts(std::size_t count, ports::Reply<base::Done> reply)
      : left_(count), reply_(std::move(reply)) {}

  void ended(base::Status status) {
    if (!status.ok()) status_ = std::move(status);
    if (--left_ == 0) reply_(status_);
  }

 private:
  std::size_t left_;
  base::Status status_ = base::Done{};
  ports::Reply<base::Done> reply_;
};

inline base::Status status_of(const base::Result<Rows>& rows) {
  if (rows.ok()) return base::Done{};
  return rows.error();
}

}  // namespace rollcall::postgres

#pragma once

#include "core/handover.hpp"
#include "ports/roster_store.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rollcall::ports {

// Where the places (a shard of a node each) that cannot use the primary store of a roster tell the
// others so, in the fallback store that they share. An entry is leased: it ends kLease after its
// writer was last heard, by the store's clock.
class OutageBoard {
 public:
  static constexpr base::Millis kLease{10'000};

  virtual ~OutageBoard() = default;

  // Puts this place's entry, renewed; or takes it off (no entry), which writes only when one may
  // be there. Answers with the live entries of the other places.
  virtual void exchange(const std::string& roster, const std::string& place,
                        std::optional<core::OutageEntry> own,
                        Reply<std::vector<core::OutageEntry>> reply) = 0;
};

}  // namespace rollcall::ports

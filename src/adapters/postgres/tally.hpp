#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/unordered/unordered_flat_set.hpp>

namespace rollcall::postgres {

// How a member stands in the store after a batch changed it, as the batch's statement reports it.
struct Standing {
  std::string_view member;
  bool live;
  bool was_live;               // before the batch; told of members that are not live now
  std::int64_t live_since_us;  // when its present or last stretch of being live began
};

// The number of live members between two counts: the last count, and the members who came and
// went through this node since. Whoever became live after the count is not in it, and is added
// once. So an answer always counts its caller. What other nodes did, and who expired, shows with
// the next count; until then a member who left at another node, or expired, and came back through
// this one is counted twice.
//
// Times are microseconds of the server's clock.
class Tally {
 public:
  void counted(std::uint64_t online, std::int64_t at_us);
  void forget() { known_ = false; }
  void note(const Standing& standing);

  bool known() const { return known_; }
  std::uint64_t online() const { return online_; }
  std::int64_t counted_at_us() const { return counted_at_us_; }

 private:
  bool known_ = false;
  std::uint64_t online_ = 0;
  std::int64_t counted_at_us_ = 0;
  boost::unordered_flat_set<std::string> arrived_;  // since the count, and here still
};

}  // namespace rollcall::postgres

#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "core/member.hpp"

#include <string>
#include <vector>

namespace rollcall::ports {

// What a restart needs to know of a memory roster.
struct JournalEntry {
  core::MemberId member;
  base::WallTime last_seen;
  bool gone = false;  // left or expired: forget it
};

// Keeps the members of the memory store over a restart. Written behind: what was handed over
// before a crash may be lost, by about the second that the writer waits.
class RosterJournal {
 public:
  virtual ~RosterJournal() = default;

  // All members kept for a roster, in order of last_seen. At start-up only; may block.
  virtual base::Result<std::vector<JournalEntry>> load(const std::string& roster) = 0;

  // Hands a batch over and returns at once. From any thread. Of a member's entries the last wins.
  virtual void append(const std::string& roster, std::vector<JournalEntry> entries) = 0;

  // Forgets every member of a roster that was handed over before.
  virtual void clear(const std::string& roster) = 0;
};

}  // namespace rollcall::ports

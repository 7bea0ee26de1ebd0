#pragma once

#include "core/change.hpp"
#include "ports/roster_store.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rollcall::ports {

// What is known of a roster from elsewhere, to be merged into a store. Ages are as of the call.
struct Merge {
  std::vector<core::Change> changes;  // of distinct members
  std::optional<base::Millis> reset_age;
  // Whether it fills a store that lacks what is older than the news of a moment.
  bool is_filling = true;
};

// Some of what a store was told, with ages as of the call that asked.
struct ChangesPage {
  std::vector<core::Change> changes;
  std::optional<base::Millis> reset_age;  // of the latest reset, on any page
  std::string next;                       // where this pass goes on; empty at its end
  std::string mark;  // at the end: from where the next pass finds what is newer
};

// What a store tells unasked, on its thread.
class StoreEars {
 public:
  // The data that it held is gone, or older than it was: another server answers, or an emptied
  // one.
  virtual void on_lost() = 0;

  // Somebody, another node or program, made everyone leave that long ago. May repeat.
  virtual void on_reset(base::Millis age) = 0;

 protected:
  ~StoreEars() = default;
};

// A roster store that several nodes share, with what a hand-over asks of it besides.
//
// Nothing that was sent is applied later than its own deadline, though the server hangs and goes
// on after that: who sent it has given up, and has put it elsewhere.
class SharedRosterStore : public RosterStore {
 public:
  // As touch or leave; of any age. An aged leave does not undo a later touch.
  virtual void change(core::Change change, Reply<core::Answer> reply) = 0;

  // Success means that all of it is in the store. While it is being filled, its answers to all
  // nodes are `at_least`, if it can tell (Redis can). At most kMostMerged changes.
  static constexpr std::size_t kMostMerged = 500;
  virtual void merge(Merge merge, Reply<base::Done> reply) = 0;

  // Whether the store takes what a roster needs now: a write, a read, and, where it may be asked,
  // the role.
  virtual void probe(Reply<base::Done> reply) = 0;

  // Touches and leaves of live or lately gone members, newer than `mark` (empty: within the last
  // ttl), a page at a time; the order is the store's own. `cursor` is empty at first. Some may be
  // told twice. A store that others are never seeded from answers with an empty page.
  virtual void changes(std::string mark, std::string cursor, Reply<ChangesPage> reply) = 0;

  // One listener at most; it outlives the store's loop.
  virtual void listen(StoreEars& ears) = 0;
};

}  // namespace rollcall::ports

#pragma once

#include "core/message.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace rollcall::core {

// How much may wait for one connection.
struct OutboxLimits {
  std::size_t messages = 256;
  std::size_t bytes = 1024 * 1024;
};

// What waits for one connection: the place of its entries in the shard's shelf, and nothing else.
struct Outbox {
  static constexpr std::uint32_t kNone = 0xffff'ffff;

  std::uint32_t first = kNone;
  std::uint32_t last = kNone;
  std::uint32_t messages = 0;
  std::uint32_t written = 0;  // bytes of the first that the socket has taken
  std::size_t bytes = 0;      // of all, as they are on the wire; the first one whole

  bool empty() const { return messages == 0; }
};

// The entries of all outboxes of a shard, so that an empty outbox holds no memory and a full one
// takes no allocation a message.
class OutboxShelf {
 public:
  // An entry with `framed` set goes out as it is: it is a whole frame already.
  struct Entry {
    MessagePtr message;
    std::uint32_t size = 0;  // on the wire
    std::uint32_t next = Outbox::kNone;
    bool framed = false;
  };

  // False, and nothing is added, when the outbox would then be over a limit. One message always
  // finds place in an empty outbox: whoever has read everything is not slow.
  bool push(Outbox& outbox, MessagePtr message, std::uint32_t size, bool framed,
            const OutboxLimits& limits);

  // Takes off what the socket has taken, of the first messages.
  void consume(Outbox& outbox, std::size_t bytes);

  // All but a message that is partly written.
  void drop_unwritten(Outbox& outbox);

  void clear(Outbox& outbox);

  // Calls visit(entry) from the first entry on, while it answers true.
  template <typename Visit>
  void for_each(const Outbox& outbox, Visit&& visit) const {
    for (std::uint32_t at = outbox.first; at != Outbox::kNone; at = entries_[at].next) {
      if (!visit(entries_[at])) return;
    }
  }

  // Gives back the memory of a burst, once nothing waits anywhere.
  void trim();

  std::size_t entries_held() const { return entries_.capacity(); }

 private:
  static constexpr std::size_t kEntriesKept = 16 * 1024;  // when nothing waits

  void drop_first(Outbox& outbox);

  std::vector<Entry> entries_;
  std::uint32_t free_ = Outbox::kNone;  // a list through `next`
  std::size_t used_ = 0;
};

}  // namespace rollcall::core

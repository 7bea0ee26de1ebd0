#include "core/outbox.hpp"

namespace rollcall::core {

bool OutboxShelf::push(Outbox& outbox, MessagePtr message, std::uint32_t size, bool framed,
                       const OutboxLimits& limits) {
  const bool over = outbox.messages >= limits.messages || outbox.bytes + size > limits.bytes;
  if (over && !outbox.empty()) return false;
  if (free_ == Outbox::kNone) {
    free_ = static_cast<std::uint32_t>(entries_.size());
    entries_.emplace_back();
  }
  const std::uint32_t at = free_;
  free_ = entries_[at].next;
  entries_[at] = {std::move(message), size, Outbox::kNone, framed};
  ++used_;
  (outbox.empty() ? outbox.first : entries_[outbox.last].next) = at;
  outbox.last = at;
  ++outbox.messages;
  outbox.bytes += size;
  return true;
}

void OutboxShelf::consume(Outbox& outbox, std::size_t bytes) {
  bytes += outbox.written;
  while (!outbox.empty() && bytes >= entries_[outbox.first].size) {
    bytes -= entries_[outbox.first].size;
    drop_first(outbox);
  }
  outbox.written = static_cast<std::uint32_t>(bytes);
}

void OutboxShelf::drop_unwritten(Outbox& outbox) {
  if (outbox.written == 0) return clear(outbox);
  const std::uint32_t started = outbox.first;
  const std::uint32_t size = entries_[started].size;
  Outbox rest = outbox;
  rest.first = entries_[started].next;
  --rest.messages;
  clear(rest);
  entries_[started].next = Outbox::kNone;
  outbox = {started, started, 1, outbox.written, size};
}

void OutboxShelf::clear(Outbox& outbox) {
  while (!outbox.empty()) drop_first(outbox);
  outbox = {};
}

void OutboxShelf::drop_first(Outbox& outbox) {
  const std::uint32_t at = outbox.first;
  Entry& entry = entries_[at];
  outbox.bytes -= entry.size;
  outbox.first = entry.next;
  if (--outbox.messages == 0) outbox.last = Outbox::kNone;
  entry.message.reset();
  entry.next = free_;
  free_ = at;
  --used_;
}

void OutboxShelf::trim() {
  if (used_ > 0 || entries_.capacity() <= kEntriesKept) return;
  entries_ = std::vector<Entry>();
  free_ = Outbox::kNone;
}

}  // namespace rollcall::core

#pragma once

#include "base/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>
#include <vector>

namespace rollcall::core {

// The place of a member in a slab; it stays the member's own until it is released.
using Slot = std::uint32_t;
constexpr Slot kNoSlot = std::numeric_limits<Slot>::max();

// A member's text of at most 255 bytes. Up to kInlineBytes (a UUID has 36) it costs no allocation.
class MemberText {
 public:
  static constexpr std::size_t kInlineBytes = 46;

  MemberText() = default;
  explicit MemberText(std::string_view text) { assign(text); }
  MemberText(const MemberText&) = delete;
  MemberText& operator=(const MemberText&) = delete;
  ~MemberText() { clear(); }

  void assign(std::string_view text);
  void clear();
  std::string_view view() const;

 private:
  char* allocated() const;

  std::uint8_t size_ = 0;
  std::array<char, kInlineBytes> bytes_;  // the text, or the pointer to it
};

enum class Standing : std::uint8_t { absent, live, left };

// Fills one cache line, so that a touch misses the cache once for it.
struct alignas(64) SlabEntry {
  base::WallTime since;  // of the last touch when live, of the leave when left
  Slot older = kNoSlot;  // neighbours in the MemberQueue of this standing
  Slot newer = kNoSlot;
  Standing standing = Standing::absent;
  MemberText text;
};
static_assert(sizeof(SlabEntry) == 64);

// Entries in chunks that never move: growing copies nothing, and a slot number stays good.
class MemberSlab {
 public:
  static constexpr std::size_t kMaxSlots = kNoSlot;

  SlabEntry& operator[](Slot slot) { return chunks_[slot / kChunk][slot % kChunk]; }
  const SlabEntry& operator[](Slot slot) const { return chunks_[slot / kChunk][slot % kChunk]; }

  // A released slot when there is one, else the next new one. The caller keeps below kMaxSlots.
  Slot acquire(std::string_view text);
  void release(Slot slot);
  void clear();

  std::size_t in_use() const { return in_use_; }
  Slot end() const { return end_; }  // every slot ever acquired is below it

 private:
  static constexpr std::size_t kChunk = 1024;

  std::vector<std::unique_ptr<SlabEntry[]>> chunks_;
  Slot end_ = 0;
  Slot released_ = kNoSlot;  // a stack, linked by `older`
  std::size_t in_use_ = 0;
};

// The entries of one standing in order of `since`, linked through the slab.
class MemberQueue {
 public:
  explicit MemberQueue(MemberSlab& slab) : slab_(slab) {}

  // Walks from the newest end, so an entry costs as many steps as there are newer ones.
  void insert(Slot slot);
  void remove(Slot slot);
  void clear();

  Slot oldest() const { return oldest_; }
  std::size_t size() const { return size_; }

 private:
  MemberSlab& slab_;
  Slot oldest_ = kNoSlot;
  Slot newest_ = kNoSlot;
  std::size_t size_ = 0;
};

}  // namespace rollcall::core

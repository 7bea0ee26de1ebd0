#include "core/member_slab.hpp"

#include <cstring>

namespace rollcall::core {

void MemberText::assign(std::string_view text) {
  clear();
  char* place = bytes_.data();
  if (text.size() > kInlineBytes) {
    place = new char[text.size()];
    std::memcpy(bytes_.data(), static_cast<const void*>(&place), sizeof(place));
  }
  std::memcpy(place, text.data(), text.size());
  size_ = static_cast<std::uint8_t>(text.size());
}

void MemberText::clear() {
  if (size_ > kInlineBytes) delete[] allocated();
  size_ = 0;
}

std::string_view MemberText::view() const {
  return {size_ > kInlineBytes ? allocated() : bytes_.data(), size_};
}

char* MemberText::allocated() const {
  char* place = nullptr;
  std::memcpy(static_cast<void*>(&place), bytes_.data(), sizeof(place));
  return place;
}

Slot MemberSlab::acquire(std::string_view text) {
  Slot slot = released_;
  if (slot != kNoSlot) {
    released_ = (*this)[slot].older;
  } else {
    if (end_ == chunks_.size() * kChunk) chunks_.push_back(std::make_unique<SlabEntry[]>(kChunk));
    slot = end_++;
  }
  (*this)[slot].text.assign(text);
  ++in_use_;
  return slot;
}

void MemberSlab::release(Slot slot) {
  SlabEntry& entry = (*this)[slot];
  entry.text.clear();
  entry.standing = Standing::absent;
  entry.older = released_;
  released_ = slot;
  --in_use_;
}

void MemberSlab::clear() {
  chunks_.clear();
  end_ = 0;
  released_ = kNoSlot;
  in_use_ = 0;
}

void MemberQueue::insert(Slot slot) {
  SlabEntry& entry = slab_[slot];
  Slot older = newest_;
  Slot newer = kNoSlot;
  while (older != kNoSlot && slab_[older].since > entry.since) {
    newer = older;
    older = slab_[older].older;
  }
  entry.older = older;
  entry.newer = newer;
  (older == kNoSlot ? oldest_ : slab_[older].newer) = slot;
  (newer == kNoSlot ? newest_ : slab_[newer].older) = slot;
  ++size_;
}

void MemberQueue::remove(Slot slot) {
  const SlabEntry& entry = slab_[slot];
  (entry.older == kNoSlot ? oldest_ : slab_[entry.older].newer) = entry.newer;
  (entry.newer == kNoSlot ? newest_ : slab_[entry.newer].older) = entry.older;
  --size_;
}

void MemberQueue::clear() {
  oldest_ = kNoSlot;
  newest_ = kNoSlot;
  size_ = 0;
}

}  // namespace rollcall::core

#include "core/member_slab.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace rollcall::core {
namespace {

TEST(MemberText, KeepsEveryLength) {
  MemberText text;
  EXPECT_EQ(text.view(), "");
  for (const std::size_t size : {1U, 46U, 47U, 128U, 255U, 46U, 128U}) {
    const std::string given(size, static_cast<char>('a' + size % 26));
    text.assign(given);
    EXPECT_EQ(text.view(), given);
  }
  text.clear();
  EXPECT_EQ(text.view(), "");
}

TEST(MemberSlab, EntriesNeverMove) {
  MemberSlab slab;
  const Slot first = slab.acquire("first");
  const SlabEntry* place = &slab[first];
  for (int i = 0; i < 5000; ++i) slab.acquire(std::to_string(i));
  EXPECT_EQ(&slab[first], place);
  EXPECT_EQ(slab[first].text.view(), "first");
  EXPECT_EQ(slab.in_use(), 5001U);
}

TEST(MemberSlab, ReleasedSlotsServeAgain) {
  MemberSlab slab;
  std::set<Slot> slots;
  for (int i = 0; i < 10; ++i) slots.insert(slab.acquire(std::to_string(i)));
  slab.release(3);
  slab.release(7);
  const std::set<Slot> again{slab.acquire("x"), slab.acquire("y")};
  EXPECT_EQ(again, (std::set<Slot>{3, 7}));
  EXPECT_EQ(slab.end(), 10U);
  EXPECT_EQ(slab.in_use(), 10U);
}

TEST(MemberQueue, OrdersByTime) {
  MemberSlab slab;
  MemberQueue queue(slab);
  for (const int ms : {30, 10, 20, 40, 10}) {
    const Slot slot = slab.acquire(std::to_string(ms));
    slab[slot].since = base::WallTime{base::Millis{ms}};
    queue.insert(slot);
  }
  queue.remove(2);
  std::string order;
  while (queue.oldest() != kNoSlot) {
    order += std::string(slab[queue.oldest()].text.view()) + " ";
    queue.remove(queue.oldest());
  }
  EXPECT_EQ(order, "10 10 30 40 ");
  EXPECT_EQ(queue.size(), 0U);
}

}  // namespace
}  // namespace rollcall::core

#include "core/outbox.hpp"

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace rollcall::core {
namespace {

class OutboxTest : public testing::Test {
 protected:
  bool push(Outbox& outbox, const std::string& text) {
    const auto size = static_cast<std::uint32_t>(text.size());
    return shelf_.push(outbox, make_text(text), size, false, limits_);
  }
  std::vector<std::string> texts(const Outbox& outbox) const {
    std::vector<std::string> all;
    shelf_.for_each(outbox, [&](const OutboxShelf::Entry& entry) {
      all.push_back(entry.message->bytes);
      return true;
    });
    return all;
  }

  OutboxLimits limits_{3, 10};
  OutboxShelf shelf_;
};

using Texts = std::vector<std::string>;

TEST_F(OutboxTest, KeepsTheOrderOfEachOfManyConnections) {
  Outbox a;
  Outbox b;
  for (const char* text : {"1", "2", "3"}) {
    EXPECT_TRUE(push(a, std::string("a") + text));
    EXPECT_TRUE(push(b, std::string("b") + text));
  }
  EXPECT_EQ(texts(a), (Texts{"a1", "a2", "a3"}));
  EXPECT_EQ(texts(b), (Texts{"b1", "b2", "b3"}));
  shelf_.clear(a);
  EXPECT_TRUE(a.empty());
  EXPECT_EQ(texts(b), (Texts{"b1", "b2", "b3"}));
}

TEST_F(OutboxTest, IsFullAtSoManyMessages) {
  Outbox outbox;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(push(outbox, "x"));
  EXPECT_FALSE(push(outbox, "y"));
  EXPECT_EQ(texts(outbox), (Texts{"x", "x", "x"}));
}

TEST_F(OutboxTest, IsFullAtSoManyBytes) {
  Outbox outbox;
  EXPECT_TRUE(push(outbox, "12345"));
  EXPECT_FALSE(push(outbox, "123456"));
  EXPECT_TRUE(push(outbox, "12345"));
  EXPECT_FALSE(push(outbox, "1"));
}

TEST_F(OutboxTest, AlwaysTakesOneMessage) {
  Outbox outbox;
  EXPECT_TRUE(push(outbox, "longer than the limit"));
  EXPECT_FALSE(push(outbox, "x"));
}

TEST_F(OutboxTest, RemembersWhereTheSocketStopped) {
  Outbox outbox;
  push(outbox, "abc");
  push(outbox, "def");
  shelf_.consume(outbox, 2);
  EXPECT_EQ(outbox.written, 2U);
  EXPECT_EQ(outbox.messages, 2U);
  shelf_.consume(outbox, 2);
  EXPECT_EQ(texts(outbox), (Texts{"def"}));
  EXPECT_EQ(outbox.written, 1U);
  shelf_.consume(outbox, 2);
  EXPECT_TRUE(outbox.empty());
  EXPECT_EQ(outbox.bytes, 0U);
  EXPECT_EQ(outbox.written, 0U);
}

TEST_F(OutboxTest, DropsWhatIsNotBegun) {
  Outbox outbox;
  push(outbox, "abc");
  push(outbox, "def");
  shelf_.consume(outbox, 1);
  shelf_.drop_unwritten(outbox);
  EXPECT_EQ(texts(outbox), (Texts{"abc"}));
  EXPECT_EQ(outbox.bytes, 3U);
  EXPECT_TRUE(push(outbox, "ghi"));
  EXPECT_EQ(texts(outbox), (Texts{"abc", "ghi"}));
  shelf_.consume(outbox, 2);
  shelf_.drop_unwritten(outbox);
  EXPECT_TRUE(outbox.empty());
}

TEST_F(OutboxTest, LetsGoOfMessagesAsTheyAreWritten) {
  Outbox outbox;
  const MessagePtr message = make_text("abc");
  shelf_.push(outbox, message, 3, false, limits_);
  EXPECT_EQ(message.use_count(), 2);
  shelf_.consume(outbox, 3);
  EXPECT_EQ(message.use_count(), 1);
}

TEST_F(OutboxTest, GivesTheMemoryOfABurstBack) {
  std::vector<Outbox> outboxes(30'000);
  for (Outbox& outbox : outboxes) push(outbox, "x");
  EXPECT_GE(shelf_.entries_held(), outboxes.size());
  for (Outbox& outbox : outboxes) shelf_.consume(outbox, 1);
  shelf_.trim();
  EXPECT_EQ(shelf_.entries_held(), 0U);
  EXPECT_TRUE(push(outboxes[0], "y"));
  EXPECT_EQ(texts(outboxes[0]), (Texts{"y"}));
  shelf_.clear(outboxes[0]);
}

// Against a queue of texts: the bytes come out in order, whatever the socket takes at once.
RC_GTEST_PROP(OutboxProperty, NoByteIsLostOrDoubled, ()) {
  OutboxShelf shelf;
  Outbox outbox;
  const OutboxLimits limits{8, 40};
  std::deque<std::string> model;
  std::size_t written = 0;
  const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 20));
  for (const int step : steps) {
    std::size_t waiting = 0;
    for (const std::string& text : model) waiting += text.size();
    if (step < 10) {
      const std::string text(static_cast<std::size_t>(step), static_cast<char>('a' + step));
      const bool fits = model.empty() || (model.size() < 8 && waiting + text.size() <= 40);
      const bool pushed = shelf.push(outbox, make_text(text),
                                     static_cast<std::uint32_t>(text.size()), false, limits);
      RC_ASSERT(pushed == fits);
      if (fits) model.push_back(text);
    } else {
      std::size_t taken = std::min<std::size_t>(static_cast<std::size_t>(step), waiting - written);
      shelf.consume(outbox, taken);
      taken += written;
      while (!model.empty() && taken >= model.front().size()) {
        taken -= model.front().size();
        model.pop_front();
      }
      written = taken;
    }
    RC_ASSERT(outbox.messages == model.size());
    RC_ASSERT(outbox.written == written);
  }
}

}  // namespace
}  // namespace rollcall::core

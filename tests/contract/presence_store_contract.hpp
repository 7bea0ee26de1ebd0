#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "core/presence.hpp"
#include "ports/presence_store.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace rollcall::contract {

// What a presence store is put through the suite in. Each harness begins with nobody present and
// with stores that are ready to answer; it is destroyed at the end of one test.
class PresenceHarness {
 public:
  static constexpr std::size_t kNodes = 3;

  virtual ~PresenceHarness() = default;

  // The store as the nodes of a cluster see it: 0, and up to kNodes - 1 when it is shared().
  virtual ports::PresenceStore& node(std::size_t index) = 0;
  virtual bool shared() const = 0;

  // Lets the store's time pass by up to 10 ms, and runs what is ready in the nodes' loops.
  virtual void pump() = 0;
};

struct PresenceFactory {
  std::string name;
  std::function<std::unique_ptr<PresenceHarness>()> make;
};

void PrintTo(const PresenceFactory& factory, std::ostream* out);

// The calls of a PresenceStore, each waited for; all fail the test when they are not answered
// within kPatience.
class PresenceStoreContract : public testing::TestWithParam<PresenceFactory> {
 protected:
  static constexpr base::Millis kPatience{5000};

  void SetUp() override;

  static core::UserId user(std::string_view text);
  static ports::Holding holding(std::string_view who, std::uint32_t connections,
                                core::Reason reason = core::Reason::connected,
                                base::Millis grace = base::Millis{0});

  // False, with a failure noted, when the condition does not come true in time.
  bool run_until(const std::function<bool()>& condition);

  base::Result<ports::Standing> try_hold(ports::Holding holding, std::size_t node = 0);
  base::Result<ports::UserPage> try_list(const std::string& cursor, std::size_t limit);

  // These note a failure on an error.
  ports::Standing hold(ports::Holding holding, std::size_t node = 0);
  ports::Standing settle(std::string_view who, std::size_t node = 0);
  ports::Standing look_up(std::string_view who, std::size_t node = 0);
  std::vector<ports::Standing> look_up_all(std::vector<core::UserId> users);
  std::vector<std::string> list_all(std::size_t limit);

  // Settles again and again, until the grace has run out.
  std::optional<core::PresenceEvent> wait_for_the_end(std::string_view who, std::size_t node = 0);

  static void expect_event(const ports::Standing& standing, core::Status status,
                           core::Reason reason);
  static void expect_none(const ports::Standing& standing);

  PresenceHarness& harness() { return *harness_; }

 private:
  template <typename T>
  base::Result<T> wait(const std::function<void(ports::Reply<T>)>& call);

  std::unique_ptr<PresenceHarness> harness_;
};

}  // namespace rollcall::contract

#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "core/answer.hpp"
#include "core/member.hpp"
#include "ports/roster_store.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace rollcall::contract {

// What a store is put through the suite in. Each harness begins with an empty roster of its own
// and with stores that are ready to answer; it is destroyed at the end of one test.
class StoreHarness {
 public:
  virtual ~StoreHarness() = default;

  // The roster as the nodes of a cluster see it: 0, and 1 when it is shared().
  virtual ports::RosterStore& node(std::size_t index) = 0;

  // Runs what is ready in the nodes' loops; when nothing is, waits 10 ms at most.
  virtual void pump() = 0;

  virtual core::Source source() const = 0;
  virtual base::Millis ttl() const = 0;  // at least 30 s: no test waits for it
  virtual bool shared() const = 0;

  // False when a count may be a second old. A touch's own answer counts the caller all the same.
  virtual bool counts_at_once() const = 0;

  // Moves the store's virtual clock; false when it has a clock of its own.
  virtual bool advance(base::Millis /*step*/) { return false; }
};

// A store under test, as INSTANTIATE_TEST_SUITE_P takes it:
//   INSTANTIATE_TEST_SUITE_P(Redis, RosterStoreContract,
//                            testing::Values(StoreFactory{"ms", make_ms}), name_of_factory);
struct StoreFactory {
  std::string name;
  std::function<std::unique_ptr<StoreHarness>()> make;
};

std::string name_of_factory(const testing::TestParamInfo<StoreFactory>& info);
void PrintTo(const StoreFactory& factory, std::ostream* out);

// The calls of a RosterStore, each waited for. Every call fails the test when it is not answered
// within kPatience; the end of the test fails it when one was answered twice.
class RosterStoreContract : public testing::TestWithParam<StoreFactory> {
 protected:
  static constexpr base::Millis kPatience{5000};

  void SetUp() override { begin_anew(); }
  void TearDown() override;

  void begin_anew();  // with a harness of its own

  static core::MemberId member(std::string_view text);
  static std::vector<core::MemberId> members(std::string_view prefix, std::size_t count);

  // False, with a failure noted, when the condition does not come true in time.
  bool run_until(const std::function<bool()>& condition);

  base::Result<core::Answer> try_touch(const core::MemberId& who, base::Millis age = {},
                                       std::size_t node = 0);
  base::Result<ports::MemberPage> try_list(const std::string& cursor, std::size_t limit,
                                           std::size_t node = 0);

  // These note a failure on an error.
  core::Answer touch(const core::MemberId& who, base::Millis age = {}, std::size_t node = 0);
  core::Answer leave(const core::MemberId& who, std::size_t node = 0);
  core::Answer count(std::size_t node = 0);
  std::vector<std::optional<ports::Sighting>> sightings(std::vector<core::MemberId> who,
                                                        std::size_t node = 0);
  bool is_live(const core::MemberId& who, std::size_t node = 0);
  void reset(std::size_t node = 0);
  void touch_all(const std::vector<core::MemberId>& who, base::Millis age = {});

  // How often each member appears in a whole listing; `between` runs after each page.
  std::map<std::string, int> list_all(
      std::size_t limit, const std::function<void()>& between = [] {}, std::size_t node = 0);

  // The count is `online`: at once, or as soon as a cached one may show it.
  void expect_online(std::uint64_t online, std::size_t node = 0);

  StoreHarness& harness() { return *harness_; }
  ports::RosterStore& store(std::size_t node = 0) { return harness_->node(node); }

  // A reply that notes its value, for calls that a test does not wait for one by one.
  template <typename T>
  struct Outcome {
    int calls = 0;
    std::optional<base::Result<T>> result;
  };
  template <typename T>
  ports::Reply<T> note(const std::shared_ptr<Outcome<T>>& outcome) {
    once_.push_back([outcome] { return outcome->calls == 1; });
    return [outcome](base::Result<T> result) {
      ++outcome->calls;
      outcome->result = std::move(result);
    };
  }

 private:
  template <typename T>
  base::Result<T> wait(const std::function<void(ports::Reply<T>)>& call);

  std::vector<std::function<bool()>> once_;  // outlives the harness, whose end may still answer
  std::unique_ptr<StoreHarness> harness_;
};

}  // namespace rollcall::contract

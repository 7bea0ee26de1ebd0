#include "adapters/memory/roster_store.hpp"
#include "contract/roster_store_contract.hpp"

#include <chrono>

namespace rollcall::contract {
namespace {

class MemoryHarness final : public StoreHarness {
 public:
  ports::RosterStore& node(std::size_t /*index*/) override { return store_; }
  void pump() override { store_.tick(); }
  core::Source source() const override { return core::Source::memory; }
  base::Millis ttl() const override { return kTtl; }
  bool shared() const override { return false; }
  bool counts_at_once() const override { return true; }
  bool advance(base::Millis step) override {
    clock_.advance(step);
    return true;
  }

 private:
  static constexpr base::Millis kTtl = std::chrono::minutes(1);
  static constexpr std::size_t kMaxMembers = 10'000;

  base::ManualClock clock_{base::WallTime{std::chrono::hours(24)}};
  memory::MemoryRosterStore store_{{"contract", kTtl, kMaxMembers},
                                   std::make_shared<core::ShardCounts>(1),
                                   0,
                                   core::MemberHash(1),
                                   clock_,
                                   nullptr};
};

INSTANTIATE_TEST_SUITE_P(Memory, RosterStoreContract,
                         testing::Values(StoreFactory{
                             "process", [] { return std::make_unique<MemoryHarness>(); }}),
                         name_of_factory);

}  // namespace
}  // namespace rollcall::contract

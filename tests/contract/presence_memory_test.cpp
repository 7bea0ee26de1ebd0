#include "adapters/memory/presence_store.hpp"
#include "contract/presence_store_contract.hpp"

#include <chrono>

namespace rollcall::contract {
namespace {

class MemoryPresenceHarness final : public PresenceHarness {
 public:
  ports::PresenceStore& node(std::size_t /*index*/) override { return store_; }
  bool shared() const override { return false; }
  void pump() override { clock_.advance(base::Millis{10}); }

 private:
  base::ManualClock clock_{base::WallTime{std::chrono::hours(24)}};
  memory::MemoryPresenceStore store_{{10'000}, clock_};
};

INSTANTIATE_TEST_SUITE_P(Memory, PresenceStoreContract,
                         testing::Values(PresenceFactory{
                             "process", [] { return std::make_unique<MemoryPresenceHarness>(); }}),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace rollcall::contract

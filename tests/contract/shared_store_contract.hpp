#pragma once

#include "contract/roster_store_contract.hpp"
#include "ports/shared_roster_store.hpp"

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rollcall::contract {

// What a hand-over asks of a roster store besides. A store whose nodes are SharedRosterStores
// joins with the factories that it has for RosterStoreContract:
//   INSTANTIATE_TEST_SUITE_P(Redis, SharedStoreContract, kFactories, name_of_factory);
class SharedStoreContract : public RosterStoreContract {
 protected:
  // Notes what it is told.
  struct Ears final : ports::StoreEars {
    int losses = 0;
    std::vector<base::Millis> reset_ages;
    void on_lost() override { ++losses; }
    void on_reset(base::Millis age) override { reset_ages.push_back(age); }
  };

  ports::SharedRosterStore& shared(std::size_t node = 0);

  static core::Change touched(std::string_view who, base::Millis age);
  static core::Change left(std::string_view who, base::Millis age);

  // These note a failure on an error.
  void change(core::Change change, std::size_t node = 0);
  void merge(std::vector<core::Change> changes, std::optional<base::Millis> reset_age = {},
             std::size_t node = 0);
  void probe();
  // A whole pass, from `mark` on; ages as of their page.
  std::vector<core::Change> pass(const std::string& mark = "");

  // Those of `who` that are live.
  std::set<std::string> live_of(const std::vector<core::MemberId>& who);

 private:
  template <typename T>
  std::optional<T> wait_for(const std::function<void(ports::Reply<T>)>& call);
};

}  // namespace rollcall::contract

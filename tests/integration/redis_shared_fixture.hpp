#pragma once

#include "integration/redis_roster_fixture.hpp"

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace rollcall::integration {

// What a hand-over asks of the store besides, and what it is told.
class RedisShared : public RedisRoster {
 protected:
  struct Ears final : ports::StoreEars {
    int losses = 0;
    std::vector<base::Millis> reset_ages;
    void on_lost() override { ++losses; }
    void on_reset(base::Millis age) override { reset_ages.push_back(age); }
  };

  void SetUp() override {
    RedisRoster::SetUp();
    store_->listen(ears_);
  }

  base::Status probe(ports::SharedRosterStore& store) {
    return wait<base::Done>([&](auto reply) { store.probe(std::move(reply)); });
  }
  base::Status merge(ports::SharedRosterStore& store, std::vector<core::Change> changes,
                     std::optional<base::Millis> reset_age = {}) {
    return wait<base::Done>(
        [&](auto reply) { store.merge({std::move(changes), reset_age}, std::move(reply)); });
  }
  base::Status reset(ports::SharedRosterStore& store) {
    return wait<base::Done>([&](auto reply) { store.reset(std::move(reply)); });
  }

  // With the time-out of a server in production.
  redis::LinkOptions hasty(const support::RedisServer& server) const {
    auto options = options_for(server);
    options.command_timeout = std::chrono::milliseconds(150);
    return options;
  }

  Ears ears_;  // of store_
};

}  // namespace rollcall::integration

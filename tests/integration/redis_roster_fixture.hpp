#pragma once

#include "integration/redis_fixture.hpp"

#include <memory>
#include <string>

namespace rollcall::integration {

inline constexpr const char* kKey = "online_sessions";
inline constexpr const char* kLeft = "{online_sessions}:left";
inline constexpr const char* kEpoch = "{online_sessions}:epoch";

// A server, a link and a roster of its own for each test.
class RedisRoster : public RedisFixture {
 protected:
  void SetUp() override {
    link_ = make_link(options_for(server_));
    store_ = make_store(*link_);
    ASSERT_TRUE(wait_up(*link_));
  }

  std::int64_t server_now_ms() {
    const auto time = server_.command({"TIME"});
    return std::stoll(time.elements.at(0).text) * 1000 +
           std::stoll(time.elements.at(1).text) / 1000;
  }

  support::RedisServer server_;
  std::unique_ptr<redis::Link> link_;
  std::unique_ptr<redis::RedisRosterStore> store_;
};

}  // namespace rollcall::integration

#pragma once

#include "adapters/redis/link.hpp"
#include "adapters/redis/roster_store.hpp"
#include "base/log.hpp"
#include "support/redis_server.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace rollcall::integration {

// A loop of the test's own, with waits that are bounded, and a log that can be read.
class RedisFixture : public testing::Test {
 protected:
  static constexpr std::chrono::seconds kPatience{10};

  RedisFixture();
  ~RedisFixture() override;

  // False, with a failure noted, when the condition does not come true in time.
  bool run_until(const std::function<bool()>& condition);

  redis::LinkOptions options_for(const support::RedisServer& server) const;
  std::unique_ptr<redis::Link> make_link(redis::LinkOptions options);
  bool wait_up(redis::Link& link);
  bool wait_down(redis::Link& link);
  base::Result<redis::RespValue> ask(redis::Link& link, const redis::Command& command);

  std::unique_ptr<redis::RedisRosterStore> make_store(redis::Link& link,
                                                      redis::RedisRosterOptions options = {});
  base::Result<core::Answer> touch(ports::RosterStore& store, std::string_view member,
                                   base::Millis age = {});
  base::Result<core::Answer> leave(ports::RosterStore& store, std::string_view member);
  base::Result<core::Answer> count(ports::RosterStore& store);
  bool is_live(ports::RosterStore& store, std::string_view member);
  std::vector<std::string> list(ports::RosterStore& store, std::size_t limit = 100);

  std::size_t logged(std::string_view text) const;  // how often
  static core::MemberId member(std::string_view text);

  boost::asio::io_context& context() { return context_; }
  const base::Logger& logger() const { return logger_; }

  template <typename T>
  base::Result<T> wait(const std::function<void(std::function<void(base::Result<T>)>)>& call) {
    auto outcome = std::make_shared<std::optional<base::Result<T>>>();
    call([outcome](base::Result<T> result) { outcome->emplace(std::move(result)); });
    if (run_until([&] { return outcome->has_value(); })) return std::move(**outcome);
    return base::Error{base::Errc::timeout, "no_reply", "no reply came"};
  }

 private:
  int log_;
  base::Logger logger_;
  boost::asio::io_context context_{1};
};

}  // namespace rollcall::integration

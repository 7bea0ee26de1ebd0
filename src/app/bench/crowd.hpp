#pragma once

#include "app/bench/bench_socket.hpp"
#include "app/bench/schedule.hpp"
#include "app/bench/tally.hpp"
#include "app/command/bench_command.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::bench {

// WebSockets of users that come, stay and leave.
class Crowd final : private BenchSocket::Owner {
 public:
  struct Options {
    std::size_t count = 0;
    std::uint64_t rate = 0;  // of opening; 0: a few hundred at a time
    std::string user;        // all are this one's tabs; with `is_many` each is one of its own
    bool is_many = false;
  };
  using OnMessage = std::function<void(std::string_view text)>;

  Crowd(const Net& net, const app::BenchCommand& command, Options options, OnMessage on_message);

  void start();
  void tick();
  void leave();  // opens no more, and closes those that are open

  bool is_settled() const { return arrived() == options_.count; }  // each is open, or failed
  bool is_gone() const;                                            // after leave()
  std::size_t open() const { return open_; }
  std::size_t arrived() const { return welcomes_.count() + failed_; }
  // From when each was due to come until its welcome; failures are those that never opened.
  const Tally& welcomes() const { return welcomes_; }
  const Tally& drops() const { return drops_; }      // of those that were open
  const std::string& user() const { return user_; }  // of the latest welcome

 private:
  void on_welcome(BenchSocket& socket, std::string_view text) override;
  void on_message(BenchSocket& socket, std::string_view text) override;
  void on_end(BenchSocket& socket, std::string_view kind) override;
  void open_more();
  std::string token_of(std::size_t number, const std::string& user) const;

  const Net& net_;
  const app::BenchCommand& command_;
  Options options_;
  OnMessage on_message_;
  Schedule schedule_;
  std::vector<std::unique_ptr<BenchSocket>> sockets_;
  std::size_t opening_ = 0;
  std::size_t open_ = 0;
  std::size_t failed_ = 0;
  bool is_leaving_ = false;
  std::string user_;
  Tally welcomes_;
  Tally drops_;
};

}  // namespace rollcall::bench

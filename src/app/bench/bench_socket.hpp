#pragma once

#include "app/bench/net.hpp"
#include "app/bench/reply_reader.hpp"
#include "app/bench/wire.hpp"
#include "transport/ws/frame.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace rollcall::bench {

// One user's WebSocket. Pings are answered.
class BenchSocket {
 public:
  // Calls that come of one socket. It may be closed within them, and not destroyed.
  class Owner {
   public:
    virtual void on_welcome(BenchSocket& socket, std::string_view text) = 0;
    virtual void on_message(BenchSocket& socket, std::string_view text) = 0;
    // Once, unless close() came first: why it did not open, or how it ended ("closed 1001").
    virtual void on_end(BenchSocket& socket, std::string_view kind) = 0;

   protected:
    ~Owner() = default;
  };

  BenchSocket(const Net& net, Owner& owner) : net_(net), owner_(owner) {}
  ~BenchSocket();
  BenchSocket(const BenchSocket&) = delete;
  BenchSocket& operator=(const BenchSocket&) = delete;

  // As that user, or as whom the token names when it is not empty. `due` is kept for the owner.
  void open(const std::string& user, const std::string& token, SteadyTime due);
  void close();  // with 1000
  void give_up(std::string_view why) { end(why); }

  SteadyTime due() const { return due_; }
  SteadyTime began_at() const { return began_at_; }  // to open
  bool was_welcomed() const { return was_welcomed_; }
  bool is_open() const { return is_open_; }  // upgraded and welcomed
  bool is_gone() const { return is_gone_; }  // nothing more comes of it

 private:
  void received(boost::system::error_code error, std::string_view bytes);
  void take_frames();
  void take_control(ws::Opcode opcode, std::string_view payload);
  void end(std::string_view kind);

  const Net& net_;
  Owner& owner_;
  std::shared_ptr<Wire> wire_;
  std::unique_ptr<ReplyReader> reader_;  // until it is upgraded
  std::string partial_;
  SteadyTime due_{};
  SteadyTime began_at_{};
  bool is_upgraded_ = false;
  bool is_open_ = false;
  bool was_welcomed_ = false;
  bool has_ended_ = false;  // for its owner
  bool is_gone_ = false;
};

}  // namespace rollcall::bench

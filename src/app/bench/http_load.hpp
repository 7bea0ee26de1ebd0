#pragma once

#include "app/bench/net.hpp"
#include "app/bench/reply_reader.hpp"
#include "app/bench/schedule.hpp"
#include "app/bench/tally.hpp"
#include "app/bench/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::bench {

// Requests over connections that are kept: each connection has one on its way at a time. A
// connection that fails is made anew after a pause. The first request is due when each connection
// is open, or has failed to open.
class HttpLoad {
 public:
  struct Work {
    // The whole request of that number, which is due then.
    std::function<std::string(std::uint64_t number, SteadyTime due)> request;
    // Whether an answer is the right one; others are failures, by their kind.
    std::function<bool(std::uint64_t number, const Reply&)> accept;
  };

  HttpLoad(const Net& net, std::size_t connections, Schedule schedule, Work work);
  ~HttpLoad();  // closes at once

  void start();
  // Sends nothing more; what is on its way is waited for. is_finished() then tells.
  void stop();
  // Gives up what has waited for too long. To be called now and then.
  void check_patience();

  bool is_finished() const { return under_way_ == 0 && (is_stopped_ || schedule_.is_over()); }
  // When the first request was due; nothing before.
  std::optional<SteadyTime> began_at() const { return began_at_; }
  const Tally& tally() const { return tally_; }
  Failures failures() const;                        // with what is still on its way
  std::uint64_t sent() const { return sent_; }      // all that were sent have numbers below it
  std::uint64_t missed() const { return missed_; }  // due before stop(), and not sent

 private:
  struct Caller;

  void connect(Caller& caller);
  void tried(Caller& caller);
  void send_due();
  void received(Caller& caller, boost::system::error_code error, std::string_view bytes);
  void answered(Caller& caller, const Reply& reply);
  void fail(Caller& caller, std::string_view kind);
  void rest(Caller& caller);
  void wake_later();

  const Net& net_;
  Schedule schedule_;
  Work work_;
  std::vector<std::unique_ptr<Caller>> callers_;
  std::deque<Caller*> idle_;  // wait for something to be due
  std::size_t untried_ = 0;   // connections
  std::optional<SteadyTime> began_at_;
  Timer due_timer_;
  std::size_t under_way_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t missed_ = 0;
  bool is_stopped_ = false;
  Tally tally_;
};

// A request of one of rollcall's routes; `fields` end with "\r\n" each.
std::string make_request(const Net& net, std::string_view method, std::string_view path,
                         std::string_view fields, std::string_view body);

}  // namespace rollcall::bench

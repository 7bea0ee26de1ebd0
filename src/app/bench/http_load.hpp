#pragma once

#include "app/bench/net.hpp"
#include "app/bench/reply_reader.hpp"
#include "app/bench/schedule.hpp"
#include "app/bench/tally.hpp"
#include "app/bench/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace rollcall::bench {

// Requests over connections that are kept: each connection has one on its way at a time. A
// connection that fails is made anew after a pause.
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
  const Tally& tally() const { return tally_; }
  std::uint64_t sent() const { return schedule_.taken(); }
  std::uint64_t missed() const { return missed_; }  // due before stop(), and not sent

 private:
  struct Caller;

  void connect(Caller& caller);
  void next(Caller& caller);
  void received(Caller& caller, boost::system::error_code error, std::string_view bytes);
  void answered(Caller& caller, const Reply& reply);
  void fail(Caller& caller, std::string_view kind);
  void wake_later();
  void wake();

  const Net& net_;
  Schedule schedule_;
  Work work_;
  std::vector<std::unique_ptr<Caller>> callers_;
  std::vector<Caller*> idle_;  // wait for something to be due
  Timer due_timer_;
  std::size_t under_way_ = 0;
  std::uint64_t missed_ = 0;
  bool is_stopped_ = false;
  Tally tally_;
};

// A request of one of rollcall's routes; `fields` end with "\r\n" each.
std::string make_request(const Net& net, std::string_view method, std::string_view path,
                         std::string_view fields, std::string_view body);

}  // namespace rollcall::bench

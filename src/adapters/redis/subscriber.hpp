#pragma once

#include "adapters/redis/resp.hpp"
#include "adapters/redis/session.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

namespace rollcall::redis {

struct SubscriberOptions {
  SessionOptions session;
  std::size_t max_channels = 1'000'000;
  std::size_t batch_channels = 500;   // of one SUBSCRIBE
  std::size_t batches_in_flight = 4;  // sent and not confirmed
  base::Millis refusal_pause{1000};   // before the next attempt when SUBSCRIBE was refused
};

struct SubscriberCounters {
  base::Counter messages;
  base::Counter refusals;    // SUBSCRIBEs that the server refused
  base::Counter reconnects;  // sessions that stood after the first one
};

// Subscriptions, on a connection of their own: in RESP2 a subscribed one takes no other commands.
// Channels are kept over reconnects until they are given up. A refused SUBSCRIBE ends the session,
// for without one of its channels a node would be deaf and not know it.
class Subscriber final : private Session::Owner {
 public:
  // Called on the loop's thread, never from within subscribe or unsubscribe.
  class Listener {
   public:
    virtual void on_message(std::string_view channel, std::string_view payload) = 0;
    virtual void on_subscribed() = 0;  // all channels stand (again)
    virtual void on_cut() = 0;         // of what stood

   protected:
    ~Listener() = default;
  };
  // Errors: unavailable (the channel is subscribed to with the others later), overloaded
  // ("too_many_channels": it is not).
  using Handler = std::function<void(base::Status)>;

  Subscriber(SubscriberOptions options, boost::asio::io_context& context,
             const base::Logger& logger, Listener& listener);

  void start() { session_.start(); }

  // The handler is called once: when the channel stands, or cannot now, or was given up meanwhile.
  void subscribe(const std::string& channel, Handler handler);
  void unsubscribe(const std::string& channel);

  bool is_up() const { return up_; }  // all channels stand, or are being added one by one
  std::size_t channels() const { return channels_.size(); }

  // Makes the session and all subscriptions anew, if they stand.
  void remake(const std::string& reason);

  const SubscriberCounters& counters() const { return counters_; }

 private:
  // A channel whose latest commands are not confirmed yet.
  struct Unsettled {
    std::uint32_t commands = 0;
    std::vector<Handler> handlers;
  };
  // A command whose confirmations, one a channel, are still to come.
  struct Asked {
    std::vector<std::string> channels;
    std::size_t confirmed = 0;
    bool subscribes = true;
  };

  void on_session_up() override;
  void on_value(RespValue value) override;
  void on_session_down(const std::string& reason) override;

  void ask_soon();
  void ask();
  void confirm(std::string_view channel, bool subscribed);
  void settle(const std::string& channel, bool subscribe);
  template <typename Task>
  auto while_alive(Task task);

  SubscriberOptions options_;
  boost::asio::io_context& context_;
  Listener& listener_;
  Session session_;
  boost::unordered_flat_set<std::string> channels_;  // that are wanted
  boost::unordered_flat_map<std::string, Unsettled> unsettled_;
  std::deque<std::string> to_ask_;
  std::deque<Asked> asked_;     // in the order of their confirmations
  std::size_t subscribes_ = 0;  // of them
  std::size_t to_replay_ = 0;   // channels, the first of those queues, that a cut took away
  bool ask_posted_ = false;
  bool up_ = false;
  bool ever_up_ = false;
  SubscriberCounters counters_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // what is posted holds it weakly
};

}  // namespace rollcall::redis

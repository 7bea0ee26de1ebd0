#pragma once

#include "adapters/redis/envelope.hpp"
#include "adapters/redis/link.hpp"
#include "adapters/redis/presence_keys.hpp"
#include "adapters/redis/script.hpp"
#include "adapters/redis/subscriber.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/time.hpp"
#include "core/connection.hpp"
#include "ports/message_bus.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>

namespace rollcall::redis {

struct MessageBusOptions {
  core::Uuid node;
  std::size_t shard = 0;
  bool hears_broadcasts = false;  // on one shard of a node
  std::string presence_prefix = "presence:";
  SubscriberOptions subscriber;
  EnvelopeLimits envelopes;
  base::Millis canary_every{2000};       // a message to oneself
  base::Millis canary_patience{10'000};  // not back for so long: the subscriptions are made anew
  base::Millis wedged_after{30'000};
};

struct MessageBusCounters {
  base::Counter sent;      // envelopes, to whomever
  base::Counter received;  // that were passed on
  base::Counter echoes;    // of this node's own
  base::Counter malformed;
  base::Counter canaries_lost;  // patience that ran out
};

// Messages between nodes through Redis pub/sub (docs/protocol.md). Commands go through the shard's
// link, subscriptions have a connection of their own. Works on the link's thread; callers that
// wait when it is destroyed are dropped uncalled.
//
// Beyond the port's errors: `overloaded`, "envelope_too_large".
class RedisMessageBus final : public ports::MessageBus, private Subscriber::Listener {
 public:
  // Throws std::runtime_error when the CA file cannot be read.
  RedisMessageBus(MessageBusOptions options, Link& link, boost::asio::io_context& context,
                  const base::Logger& logger);
  RedisMessageBus(const RedisMessageBus&) = delete;
  RedisMessageBus& operator=(const RedisMessageBus&) = delete;

  void listen(ports::MessageBus::Listener& listener) override { listener_ = &listener; }
  // After listen(): begins to connect.
  void start();

  void subscribe(core::UserId user, ports::Reply<base::Done> reply) override;
  void unsubscribe(const core::UserId& user) override;
  void send(core::UserId user, core::MessagePtr message,
            ports::Reply<ports::Reach> reply) override;
  void broadcast(core::MessagePtr message, ports::Reply<base::Done> reply) override;
  void kick(core::UserId user, ports::Reply<base::Done> reply) override;
  void ask(core::UserId user, std::uint64_t number, ports::Reply<base::Done> reply) override;
  void answer(const ports::Question& question,
              std::vector<ports::RemoteConnection> connections) override;

  bool is_up() const override { return subscriber_.is_up() && link_.is_up(); }
  bool is_wedged() const override { return wedged_.load(std::memory_order_relaxed); }

  const MessageBusCounters& counters() const { return counters_; }
  const Subscriber& subscriber() const { return subscriber_; }

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  using Timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                        boost::asio::wait_traits<std::chrono::steady_clock>,
                                        boost::asio::io_context::executor_type>;

  void on_message(std::string_view channel, std::string_view payload) override;
  void on_subscribed() override;
  void on_cut() override;

  void publish(std::string_view channel, const Envelope::Body& body,
               ports::Reply<base::Done> reply);
  void canary_later();
  void send_canary();
  void hear_canary();
  void check_canary();
  template <typename Task>
  auto while_alive(Task task);

  MessageBusOptions options_;
  PresenceKeys keys_;
  std::string node_;
  std::string own_channel_;
  std::string canary_;  // the envelope
  Link& link_;
  const base::Logger& logger_;
  ports::MessageBus::Listener* listener_ = nullptr;
  Subscriber subscriber_;
  Script send_;
  Timer canary_timer_;
  std::optional<SteadyTime> unheard_since_;  // since when canaries were sent and not heard
  SteadyTime heard_at_;
  SteadyTime remade_at_;
  std::atomic<bool> wedged_{false};
  MessageBusCounters counters_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // callbacks hold it weakly
};

}  // namespace rollcall::redis

#include "adapters/redis/message_bus.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include <embedded/rollcall_redis.hpp>

namespace rollcall::redis {

using std::chrono::steady_clock;

namespace {

base::Error too_large() {
  return {base::Errc::overloaded, "envelope_too_large", "the message is too large for the bus"};
}

base::Result<ports::Reach> parse_reach(const RespValue& reply) {
  const auto& fields = reply.elements;
  if (fields.size() != 2) {
    return base::Error{base::Errc::internal, "redis_reply", "a script answered in another shape"};
  }
  return ports::Reach{static_cast<std::uint32_t>(fields[0].integer), fields[1].integer == 1};
}

}  // namespace

// Wraps a callback, so that it does nothing once the bus is gone.
template <typename Task>
auto RedisMessageBus::while_alive(Task task) {
  return [alive = std::weak_ptr<char>(alive_), task = std::move(task)](auto&&... arguments) {
    if (!alive.expired()) task(std::forward<decltype(arguments)>(arguments)...);
  };
}

RedisMessageBus::RedisMessageBus(MessageBusOptions options, Link& link,
                                 boost::asio::io_context& context, const base::Logger& logger)
    : options_(std::move(options)),
      keys_(options_.presence_prefix),
      node_(options_.node.text()),
      own_channel_(shard_channel(node_, options_.shard)),
      canary_("{\"from\":\"" + node_ + "\",\"canary\":{}}"),
      link_(link),
      logger_(logger),
      subscriber_(options_.subscriber, context, logger, *this),
      send_(scripts::send_lua()),
      canary_timer_(context) {}

void RedisMessageBus::start() {
  const auto ignore = [](const base::Status&) {};
  subscriber_.subscribe(own_channel_, ignore);
  if (options_.hears_broadcasts) subscriber_.subscribe(std::string(kBroadcastChannel), ignore);
  subscriber_.start();
  canary_later();
}

void RedisMessageBus::subscribe(core::UserId user, ports::Reply<base::Done> reply) {
  subscriber_.subscribe(user_channel(user), std::move(reply));
}

void RedisMessageBus::unsubscribe(const core::UserId& user) {
  subscriber_.unsubscribe(user_channel(user));
}

void RedisMessageBus::send(core::UserId user, core::MessagePtr message,
                           ports::Reply<ports::Reach> reply) {
  const std::string envelope = write_envelope(node_, ports::UserItem(std::move(message)));
  if (envelope.size() > options_.envelopes.bytes) return reply(too_large());
  counters_.sent.add();
  Command arguments(2, keys_.live(user), keys_.nodes(user), node_, user_channel(user), envelope);
  send_.call(link_, std::move(arguments),
             while_alive([reply = std::move(reply)](base::Result<RespValue> got) {
               if (!got) return reply(std::move(got).error());
               reply(parse_reach(got.value()));
             }));
}

void RedisMessageBus::broadcast(core::MessagePtr message, ports::Reply<base::Done> reply) {
  publish(kBroadcastChannel, ports::UserItem(std::move(message)), std::move(reply));
}

void RedisMessageBus::kick(core::UserId user, ports::Reply<base::Done> reply) {
  publish(user_channel(user), ports::UserItem(ports::Kick{}), std::move(reply));
}

void RedisMessageBus::ask(core::UserId user, std::uint64_t number,
                          ports::Reply<base::Done> reply) {
  publish(user_channel(user), ports::UserItem(ports::Question{own_channel_, number}),
          std::move(reply));
}

void RedisMessageBus::answer(const ports::Question& question,
                             std::vector<ports::RemoteConnection> connections) {
  publish(question.reply_to, ports::Answer{question.number, std::move(connections)},
          [](const base::Status&) {});
}

void RedisMessageBus::publish(std::string_view channel, const Envelope::Body& body,
                              ports::Reply<base::Done> reply) {
  const std::string envelope = write_envelope(node_, body);
  if (envelope.size() > options_.envelopes.bytes) return reply(too_large());
  counters_.sent.add();
  link_.send(Command("PUBLISH", channel, envelope),
             while_alive([reply = std::move(reply)](base::Result<RespValue> got) {
               if (!got) return reply(std::move(got).error());
               reply(base::Done{});
             }));
}

void RedisMessageBus::on_message(std::string_view channel, std::string_view payload) {
  if (channel == own_channel_ && payload == canary_) return hear_canary();
  const auto user = user_of_channel(channel);
  auto envelope = parse_envelope(payload, user ? &*user : nullptr, options_.envelopes);
  if (!envelope) return counters_.malformed.add();
  if (envelope.value().from == node_) return counters_.echoes.add();
  auto* item = std::get_if<ports::UserItem>(&envelope.value().body);
  auto* answer = std::get_if<ports::Answer>(&envelope.value().body);
  const auto* message = item != nullptr ? std::get_if<core::MessagePtr>(item) : nullptr;
  const bool to_user = user && item != nullptr;
  const bool to_all = channel == kBroadcastChannel && message != nullptr;
  const bool to_asker = channel == own_channel_ && answer != nullptr;
  if (!to_user && !to_all && !to_asker) return counters_.malformed.add();
  counters_.received.add();
  if (to_user) return listener_->on_user_item(*user, std::move(*item));
  if (to_all) return listener_->on_broadcast(*message);
  listener_->on_answer(std::move(*answer));
}

void RedisMessageBus::on_subscribed() {
  listener_->on_up();
}

void RedisMessageBus::on_cut() {
  listener_->on_down();
}

void RedisMessageBus::canary_later() {
  canary_timer_.expires_after(options_.canary_every);
  canary_timer_.async_wait(while_alive([this](const boost::system::error_code& error) {
    if (error) return;
    check_canary();
    send_canary();
    canary_later();
  }));
}

void RedisMessageBus::send_canary() {
  link_.send(Command("PUBLISH", own_channel_, canary_),
             while_alive([this, sent_at = steady_clock::now()](const auto& published) {
               if (!published) return hear_canary();  // silence says nothing then
               if (!unheard_since_ && heard_at_ < sent_at) unheard_since_ = sent_at;
             }));
}

void RedisMessageBus::hear_canary() {
  heard_at_ = steady_clock::now();
  unheard_since_.reset();
  wedged_.store(false, std::memory_order_relaxed);
}

void RedisMessageBus::check_canary() {
  if (!unheard_since_) return;
  const SteadyTime now = steady_clock::now();
  if (now - *unheard_since_ >= options_.wedged_after) {
    wedged_.store(true, std::memory_order_relaxed);
  }
  const SteadyTime patient_since = std::max(*unheard_since_, remade_at_);
  if (now - patient_since < options_.canary_patience) return;
  remade_at_ = now;
  counters_.canaries_lost.add();
  logger_.warn("redis subscriptions are silent", {{"channel", own_channel_}});
  subscriber_.remake("what this shard sends to itself does not come back");
}

}  // namespace rollcall::redis

#include "adapters/redis/subscriber.hpp"

#include "adapters/redis/refusal.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

namespace rollcall::redis {
namespace {

base::Error unavailable(std::string_view why) {
  return {base::Errc::unavailable, "redis_unavailable",
          "the subscription does not stand: " + std::string(why)};
}

}  // namespace

// Wraps what is posted, so that it does nothing once the subscriber is gone.
template <typename Task>
auto Subscriber::while_alive(Task task) {
  return [alive = std::weak_ptr<char>(alive_), task = std::move(task)] {
    if (!alive.expired()) task();
  };
}

Subscriber::Subscriber(SubscriberOptions options, boost::asio::io_context& context,
                       const base::Logger& logger, Listener& listener)
    : options_(std::move(options)),
      context_(context),
      listener_(listener),
      session_(options_.session, "subscriptions", context, logger, *this) {}

void Subscriber::subscribe(const std::string& channel, Handler handler) {
  if (!channels_.contains(channel) && channels_.size() >= options_.max_channels) {
    return handler(base::Error{base::Errc::overloaded, "too_many_channels",
                               "too many users are subscribed to"});
  }
  const bool added = channels_.insert(channel).second;
  if (!session_.is_up()) return handler(unavailable("Redis is down"));
  const bool stands = !added && up_ && !unsettled_.contains(channel);
  if (stands) return handler(base::Done{});
  Unsettled& unsettled = unsettled_[channel];
  ++unsettled.commands;
  unsettled.handlers.push_back(std::move(handler));
  to_ask_.push_back(channel);
  ask_soon();
}

void Subscriber::unsubscribe(const std::string& channel) {
  if (channels_.erase(channel) == 0 || !session_.is_up()) return;
  Unsettled& unsettled = unsettled_[channel];
  ++unsettled.commands;
  auto given_up = std::exchange(unsettled.handlers, {});
  session_.append(Command("UNSUBSCRIBE", channel));
  asked_.push_back({{channel}, 0, false});
  for (Handler& handler : given_up) handler(unavailable("it was given up"));
}

// At the end of the turn, so that what the turn brings leaves together.
void Subscriber::ask_soon() {
  if (std::exchange(ask_posted_, true)) return;
  boost::asio::post(context_, while_alive([this] {
                      ask_posted_ = false;
                      ask();
                    }));
}

void Subscriber::ask() {
  while (subscribes_ < options_.batches_in_flight && session_.is_up()) {
    Asked asked;
    Command command("SUBSCRIBE");
    while (!to_ask_.empty() && asked.channels.size() < options_.batch_channels) {
      std::string channel = std::move(to_ask_.front());
      to_ask_.pop_front();
      if (channels_.contains(channel)) {
        command.add(channel);
        asked.channels.push_back(std::move(channel));
      } else {  // given up before it was asked for
        settle(channel, true);
      }
    }
    if (asked.channels.empty()) break;
    session_.append(command);
    asked_.push_back(std::move(asked));
    ++subscribes_;
  }
  if (up_ || to_replay_ > 0 || !session_.is_up()) return;
  up_ = true;
  listener_.on_subscribed();
}

void Subscriber::on_session_up() {
  if (ever_up_) counters_.reconnects.add();
  ever_up_ = true;
  to_ask_.assign(channels_.begin(), channels_.end());
  to_replay_ = to_ask_.size();
  for (const std::string& channel : to_ask_) unsettled_[channel].commands = 1;
  ask();
}

// RESP2 sends arrays where RESP3 pushes.
void Subscriber::on_value(RespValue value) {
  if (value.is_error()) {
    counters_.refusals.add();
    return session_.drop("SUBSCRIBE was refused: " + refusal_word(value), options_.refusal_pause);
  }
  if (value.elements.size() != 3) return session_.drop("an answer to no question");
  const std::string& kind = value.elements[0].text;
  const std::string& channel = value.elements[1].text;
  if (kind == "message") {
    counters_.messages.add();
    listener_.on_message(channel, value.elements[2].text);
  } else if (kind == "subscribe" || kind == "unsubscribe") {
    confirm(channel, kind == "subscribe");
  }
}

void Subscriber::confirm(std::string_view channel, bool subscribed) {
  const bool expected = !asked_.empty() && asked_.front().subscribes == subscribed &&
                        asked_.front().channels[asked_.front().confirmed] == channel;
  // Also when something between here and the server takes a subscription away.
  if (!expected) return session_.drop("a subscription changed unasked");
  Asked& asked = asked_.front();
  const std::string name = std::move(asked.channels[asked.confirmed++]);
  if (asked.confirmed == asked.channels.size()) {
    asked_.pop_front();
    if (subscribed) --subscribes_;
  }
  settle(name, subscribed);
  ask();
}

void Subscriber::settle(const std::string& channel, bool subscribe) {
  if (subscribe && to_replay_ > 0) --to_replay_;
  const auto unsettled = unsettled_.find(channel);
  if (unsettled == unsettled_.end() || --unsettled->second.commands > 0) return;
  const std::vector<Handler> handlers = std::move(unsettled->second.handlers);
  unsettled_.erase(unsettled);
  for (const Handler& handler : handlers) handler(base::Done{});
}

void Subscriber::remake(const std::string& reason) {
  if (session_.is_up()) session_.drop(reason);
}

void Subscriber::on_session_down(const std::string& reason) {
  const bool was_up = std::exchange(up_, false);
  to_ask_.clear();
  asked_.clear();
  subscribes_ = 0;
  to_replay_ = 0;
  const auto failed = std::exchange(unsettled_, {});
  for (const auto& [_, unsettled] : failed) {
    for (const Handler& handler : unsettled.handlers) handler(unavailable(reason));
  }
  if (was_up) listener_.on_cut();
}

}  // namespace rollcall::redis

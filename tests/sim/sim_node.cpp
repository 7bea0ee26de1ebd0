#include "sim/sim_node.hpp"

#include <algorithm>

namespace rollcall::sim {
namespace {

constexpr core::ConnectionRef kWatcher{0, 0, 1};

base::Error unavailable() {
  return {base::Errc::unavailable, "sim_unavailable", "the link is down"};
}

// What stands between `key` and the next quote.
std::string field(const std::string& text, const std::string& key) {
  const std::size_t begin = text.find(key);
  if (begin == std::string::npos) return {};
  const std::size_t from = begin + key.size();
  return text.substr(from, text.find('"', from) - from);
}

}  // namespace

void View::hear(const core::UserId& user, core::Status now) {
  core::Status& before = status[user];
  if (before == now && breach.empty()) {
    breach = user.text() + " is told " + std::string(core::name_of(now)) + " twice";
  }
  before = now;
}

SimNode::SimNode(core::Place id, Schedule& schedule, SharedStore& store, Tell publish)
    : id_(id),
      schedule_(schedule),
      store_(store),
      publish_(std::move(publish)),
      up_since_(schedule.now()),
      gate_(*this),
      home_({}, core::MemberHash(id), *this, {{this, &gate_}}, this, *this, schedule.clock()),
      membership_({}, *this, schedule.clock(),
                  {[this](const core::PresenceEvent& event) { home_.watchers.heard(event); },
                   [this] { home_.catch_up(); }}) {}

void SimNode::later(base::Millis wait, std::function<void()> task) {
  schedule_.after(wait, [alive = std::weak_ptr(alive_), task = std::move(task)] {
    if (!alive.expired()) task();
  });
}

void SimNode::post(std::size_t, std::function<void()> task) {
  later(base::Millis(0), std::move(task));
}

template <typename T>
void SimNode::call(std::function<base::Result<T>()> apply, ports::Reply<T> reply) {
  if (link_ == LinkState::refused) return reply(unavailable());
  if (link_ == LinkState::hung) {
    store_.hang_on([apply] { static_cast<void>(apply()); });
    return later(kTimeout, [reply] {
      reply(base::Error{base::Errc::timeout, "sim_timeout", "no answer in time"});
    });
  }
  later(kLatency, [this, apply, reply] {
    base::Result<T> result = apply();
    later(kLatency, [reply, result = std::move(result)] { reply(result); });
  });
}

void SimNode::hold(ports::Holding holding, ports::Reply<ports::Standing> reply) {
  call<ports::Standing>(
      [&store = store_, id = id_, publish = publish_, holding]() -> base::Result<ports::Standing> {
        auto standing = store.hold(id, holding);
        if (standing && standing.value().event) publish(*standing.value().event, id);
        return standing;
      },
      std::move(reply));
}

void SimNode::settle(core::UserId user, ports::Reply<ports::Standing> reply) {
  call<ports::Standing>(
      [&store = store_, id = id_, publish = publish_, user]() -> base::Result<ports::Standing> {
        ports::Standing standing = store.settle(id, user);
        if (standing.event) publish(*standing.event, id);
        return standing;
      },
      std::move(reply));
}

void SimNode::look_up(std::vector<core::UserId> users,
                      ports::Reply<std::vector<ports::Standing>> reply) {
  call<std::vector<ports::Standing>>(
      [&store = store_, users]() -> base::Result<std::vector<ports::Standing>> {
        std::vector<ports::Standing> found;
        for (const core::UserId& user : users) found.push_back(store.look_up(user));
        return found;
      },
      std::move(reply));
}

void SimNode::renew(ports::Reply<bool> reply) {
  call<bool>([&store = store_, id = id_]() -> base::Result<bool> { return store.renew(id); },
             std::move(reply));
}

void SimNode::reap(ports::Reply<std::vector<core::PresenceEvent>> reply) {
  if (schedule_.now() - up_since_ < SharedStore::kLease) {
    return reply(std::vector<core::PresenceEvent>{});
  }
  call<std::vector<core::PresenceEvent>>(
      [&store = store_, id = id_,
       publish = publish_]() -> base::Result<std::vector<core::PresenceEvent>> {
        auto events = store.reap();
        for (const core::PresenceEvent& event : events) publish(event, id);
        return events;
      },
      std::move(reply));
}

void SimNode::subscribe(core::UserId user, ports::Reply<base::Done> reply) {
  subscriptions_.insert(std::move(user));
  if (link_ != LinkState::up) return reply(unavailable());
  later(kLatency, [reply] { reply(base::Done{}); });
}

void SimNode::hear(const core::PresenceEvent& event) {
  if (link_ != LinkState::up || !subscriptions_.contains(event.user)) return;
  later(kLatency, [this, event] { listener_->on_user_item(event.user, event); });
}

void SimNode::deliver(core::ConnectionRef connection, const core::MessagePtr& message) {
  if (connection != kWatcher) return;
  const auto user = core::UserId::parse(field(message->bytes, R"("user":")"));
  const auto status = core::parse_status(field(message->bytes, R"("status":")"));
  if (user && status) view_.hear(user.value(), *status);
}

void SimNode::watch(const std::vector<core::UserId>& users) {
  home_.watchers.watch(users, kWatcher, [this](const base::Result<service::Statuses>& found) {
    for (const auto& [user, status] : found.value()) view_.status[user] = status;
  });
}

void SimNode::open_tab(const core::UserId& user) {
  core::Attachment attachment;
  attachment.ref = {0, next_slot_++, 1};
  attachment.connected_at = attachment.last_pong = schedule_.now();
  tabs_.push_back({user, attachment.ref});
  home_.presence.join(user, attachment, [](const base::Result<std::uint32_t>&) {});
}

void SimNode::close_tab(const core::UserId& user, core::Reason reason) {
  const auto tab = std::ranges::find(tabs_, user, &Tab::user);
  if (tab == tabs_.end()) return;
  const core::ConnectionRef ref = tab->ref;
  tabs_.erase(tab);
  home_.presence.leave(user, ref, reason);
}

void SimNode::pong_all() {
  for (const Tab& tab : tabs_) home_.presence.pong(tab.user, tab.ref);
}

std::size_t SimNode::tabs(const core::UserId& user) const {
  return static_cast<std::size_t>(std::ranges::count(tabs_, user, &Tab::user));
}

void SimNode::set_link(LinkState state) {
  const bool was_up = link_ == LinkState::up;
  link_ = state;
  if (state != LinkState::up || was_up) return;
  up_since_ = schedule_.now();
  later(kLatency, [this] {
    if (link_ == LinkState::up) listener_->on_up();
  });
}

void SimNode::tick() {
  membership_.tick();
  home_.tick();
}

}  // namespace rollcall::sim

#include "service/relay.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace rollcall::service {

Relay::Relay(Options options, core::Hub& hub, ports::ShardMesh& mesh, std::vector<Outlet> outlets,
             ports::MessageBus* bus, ports::PresenceStore& store, const base::Clock& clock)
    : options_(std::move(options)),
      hub_(hub),
      mesh_(mesh),
      outlets_(std::move(outlets)),
      bus_(bus),
      store_(store),
      clock_(clock) {
  if (bus_ != nullptr) bus_->listen(*this);
}

void Relay::attend(const core::UserId& user, std::function<void()> ready) {
  core::HubUser& entry = hub_.at(user);
  if (bus_ == nullptr || std::exchange(entry.attended, true)) return ready();
  bus_->subscribe(user, [ready = std::move(ready)](const base::Status&) { ready(); });
}

void Relay::part(const core::UserId& user) {
  if (bus_ != nullptr) bus_->unsubscribe(user);
}

void Relay::deliver(core::ConnectionRef connection, const core::MessagePtr& message) {
  ports::Connections* there = outlets_[connection.shard].connections;
  if (connection.shard == options_.shard) return there->deliver(connection, message);
  mesh_.post(connection.shard,
             [there, connection, message] { there->deliver(connection, message); });
}

void Relay::tell(core::ConnectionRef watcher, const core::MessagePtr& event) {
  WatchGate* there = outlets_[watcher.shard].gate;
  mesh_.post(watcher.shard, [there, watcher, event] { there->pass(watcher, event); });
}

void Relay::kick(core::ConnectionRef connection) {
  ports::Connections* there = outlets_[connection.shard].connections;
  mesh_.post(connection.shard, [there, connection] { there->kick(connection); });
}

const core::HubUser* Relay::deliver_here(const core::UserId& user,
                                         const core::MessagePtr& message) {
  const core::HubUser* entry = hub_.find(user);
  if (entry == nullptr) return nullptr;
  for (const core::Attachment& attachment : entry->connections) deliver(attachment.ref, message);
  return entry;
}

void Relay::send(const core::UserId& user, const core::MessagePtr& message,
                 Reply<Delivery> reply) {
  const core::HubUser* entry = deliver_here(user, message);
  const auto here = static_cast<std::uint32_t>(entry == nullptr ? 0 : entry->connections.size());
  const bool live = entry != nullptr && (here > 0 || entry->absent);
  if (bus_ == nullptr) return reply(Delivery{live, here, true});
  if (!bus_->is_up()) return reply(Delivery{live, here, false});
  bus_->send(user, message,
             [here, live, reply = std::move(reply)](const base::Result<ports::Reach>& reach) {
               if (!reach) return reply(Delivery{live, here, false});
               const std::uint32_t known = std::max(here, reach.value().connections);
               reply(Delivery{live || reach.value().live, known, true});
             });
}

void Relay::broadcast(const core::MessagePtr& message, Reply<bool> reply) {
  broadcast_here(message);
  if (bus_ == nullptr) return reply(true);
  if (!bus_->is_up()) return reply(false);
  bus_->broadcast(message,
                  [reply = std::move(reply)](const base::Status& done) { reply(done.ok()); });
}

void Relay::broadcast_here(const core::MessagePtr& message) {
  for (std::size_t shard = 0; shard < outlets_.size(); ++shard) {
    ports::Connections* there = outlets_[shard].connections;
    if (shard == options_.shard) {
      there->deliver_to_all(message);
    } else {
      mesh_.post(shard, [there, message] { there->deliver_to_all(message); });
    }
  }
}

void Relay::kick_here(const core::UserId& user) {
  core::HubUser* entry = hub_.find(user);
  if (entry == nullptr) return;
  for (const core::Attachment& attachment : entry->connections) kick(attachment.ref);
}

void Relay::disconnect(const core::UserId& user, Reply<base::Done> reply) {
  kick_here(user);
  if (bus_ == nullptr) return reply(base::Done{});
  bus_->kick(user, std::move(reply));
}

std::vector<ports::RemoteConnection> Relay::connections_here(const core::UserId& user) {
  std::vector<ports::RemoteConnection> found;
  core::HubUser* entry = hub_.find(user);
  if (entry == nullptr) return found;
  for (const core::Attachment& attachment : entry->connections) {
    found.push_back(
        {attachment.id.text(), options_.node_name, attachment.connected_at, attachment.last_pong});
  }
  return found;
}

void Relay::explain(const core::UserId& user, Reply<ExplainedUser> reply) {
  store_.look_up({user}, [this, user, reply = std::move(reply)](
                             base::Result<std::vector<ports::Standing>> found) mutable {
    if (found) return inquire(user, found.value().front(), std::move(reply));
    core::HubUser* entry = hub_.find(user);
    const core::Status told = entry == nullptr ? core::Status::offline : entry->told;
    reply(ExplainedUser{told, connections_here(user)});
  });
}

// Asks the other shards that hold some, wherever they are; those that do not answer in time are
// left out.
void Relay::inquire(const core::UserId& user, const ports::Standing& standing,
                    Reply<ExplainedUser> reply) {
  ExplainedUser explained{standing.status, connections_here(user)};
  const std::uint32_t own = explained.connections.empty() ? 0 : 1;
  const bool alone = bus_ == nullptr || !bus_->is_up() || standing.places <= own;
  if (alone || inquiries_.size() >= kOpenQuestions) return reply(std::move(explained));
  const std::uint64_t number = next_question_++;
  inquiries_.emplace(number, Inquiry{std::move(explained), standing.places - own,
                                     clock_.now() + options_.answer_wait, std::move(reply)});
  bus_->ask(user, number, [this, number](const base::Status& asked) {
    if (!asked) conclude(number);
  });
}

void Relay::conclude(std::uint64_t number) {
  auto inquiry = inquiries_.extract(number);
  if (inquiry) inquiry.mapped().reply(std::move(inquiry.mapped().user));
}

void Relay::tick() {
  std::vector<std::uint64_t> due;
  const base::WallTime now = clock_.now();
  for (const auto& [number, inquiry] : inquiries_) {
    if (inquiry.deadline <= now) due.push_back(number);
  }
  for (const std::uint64_t number : due) conclude(number);
}

void Relay::on_user_item(const core::UserId& user, ports::UserItem item) {
  if (const auto* message = std::get_if<core::MessagePtr>(&item)) {
    deliver_here(user, *message);
  } else if (const auto* event = std::get_if<core::PresenceEvent>(&item)) {
    ears_.heard(*event);
  } else if (std::holds_alternative<ports::Kick>(item)) {
    kick_here(user);
  } else if (const auto* question = std::get_if<ports::Question>(&item)) {
    auto connections = connections_here(user);
    if (!connections.empty()) bus_->answer(*question, std::move(connections));
  }
}

void Relay::on_broadcast(const core::MessagePtr& message) {
  broadcast_here(message);
}

void Relay::on_answer(ports::Answer answer) {
  const auto found = inquiries_.find(answer.number);
  if (found == inquiries_.end()) return;
  auto& connections = found->second.user.connections;
  std::ranges::move(answer.connections, std::back_inserter(connections));
  if (--found->second.awaited == 0) conclude(answer.number);
}

void Relay::on_up() {
  ears_.bus_came_up();
}

}  // namespace rollcall::service

#include "service/audience.hpp"

#include <utility>

namespace rollcall::service {

Audience::Audience(ports::ShardMesh& mesh, std::vector<ports::Connections*> sockets)
    : mesh_(mesh), sockets_(std::move(sockets)), observers_(sockets_.size()) {}

void Audience::join(core::ConnectionRef observer, std::function<void(bool)> reply) {
  mesh_.post(kHome, [this, observer, reply = std::move(reply)] {
    const bool has_place = take(observer);
    mesh_.post(observer.shard, [reply, has_place] { reply(has_place); });
    if (has_place && greet_) greet_(observer);
  });
}

void Audience::leave(core::ConnectionRef observer) {
  mesh_.post(kHome, [this, observer] { drop(observer); });
}

bool Audience::take(core::ConnectionRef observer) {
  if (size_ == kObservers) return false;
  observers_[observer.shard].push_back(observer);
  ++size_;
  return true;
}

void Audience::drop(core::ConnectionRef observer) {
  size_ -= std::erase(observers_[observer.shard], observer);
}

void Audience::tell(core::ConnectionRef observer, const core::MessagePtr& message) {
  mesh_.post(observer.shard, [sockets = sockets_[observer.shard], observer, message] {
    sockets->deliver(observer, message);
  });
}

template <typename Use>
void Audience::for_each(Use use) {
  for (std::size_t shard = 0; shard < observers_.size(); ++shard) {
    if (observers_[shard].empty()) continue;
    mesh_.post(shard, [sockets = sockets_[shard], observers = observers_[shard], use] {
      for (const core::ConnectionRef observer : observers) use(*sockets, observer);
    });
  }
}

void Audience::tell_all(const core::MessagePtr& message) {
  for_each([message](ports::Connections& sockets, core::ConnectionRef observer) {
    sockets.deliver(observer, message);
  });
}

void Audience::dismiss_all() {
  for_each(
      [](ports::Connections& sockets, core::ConnectionRef observer) { sockets.kick(observer); });
}

}  // namespace rollcall::service

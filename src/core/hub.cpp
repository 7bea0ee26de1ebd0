#include "core/hub.hpp"

#include <algorithm>

namespace rollcall::core {

std::uint32_t HubUser::away() const {
  return static_cast<std::uint32_t>(std::ranges::count(connections, true, &Attachment::away));
}

Attachment* HubUser::find(ConnectionRef ref) {
  const auto found = std::ranges::find(connections, ref, &Attachment::ref);
  return found == connections.end() ? nullptr : &*found;
}

bool HubUser::remove(ConnectionRef ref) {
  const auto found = std::ranges::find(connections, ref, &Attachment::ref);
  if (found == connections.end()) return false;
  connections.erase(found);
  return true;
}

HubUser* Hub::find(const UserId& user) {
  const auto found = users_.find(user);
  return found == users_.end() ? nullptr : &found->second;
}

bool Hub::drop_if_idle(const UserId& user) {
  const auto found = users_.find(user);
  if (found == users_.end()) return true;
  const HubUser& entry = found->second;
  const bool needed = !entry.connections.empty() || !entry.watchers.empty() ||
                      entry.expected > 0 || entry.saying || entry.unsaid || entry.absent;
  if (!needed) users_.erase(found);
  return !needed;
}

std::vector<UserId> Hub::users() const {
  std::vector<UserId> all;
  all.reserve(users_.size());
  for (const auto& [user, entry] : users_) all.push_back(user);
  return all;
}

}  // namespace rollcall::core

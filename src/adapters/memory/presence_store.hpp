#pragma once

#include "base/time.hpp"
#include "core/member_slab.hpp"
#include "core/presence_record.hpp"
#include "ports/presence_store.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::memory {

struct MemoryPresenceOptions {
  std::size_t max_users = 1'000'000;  // of this shard
};

// The presence of the users whose home is one shard of a node that has no others; every call is
// made on that shard's thread and answered before it returns.
//
// Beyond the port: hold fails with `overloaded`, "presence_full", for a new user at max_users;
// list with `invalid_argument`, "invalid_cursor".
class MemoryPresenceStore final : public ports::PresenceStore {
 public:
  // The clock outlives the store.
  MemoryPresenceStore(MemoryPresenceOptions options, const base::Clock& clock);

  void hold(ports::Holding holding, ports::Reply<ports::Standing> reply) override;
  void settle(core::UserId user, ports::Reply<ports::Standing> reply) override;
  void look_up(std::vector<core::UserId> users,
               ports::Reply<std::vector<ports::Standing>> reply) override;
  void list(std::string cursor, std::size_t limit, ports::Reply<ports::UserPage> reply) override;
  bool partitioned() const override { return true; }

  std::size_t users() const { return records_.size(); }

 private:
  struct ByText {
    using is_transparent = void;
    static std::string_view text(std::string_view view) { return view; }
    static std::string_view text(const core::MemberText& member) { return member.view(); }
    bool operator()(const auto& a, const auto& b) const { return text(a) < text(b); }
  };
  // In the order of the ids, as list() needs them. Who is offline is not kept.
  using Records = std::map<core::MemberText, core::PresenceRecord, ByText>;

  base::Result<Records::iterator> find_or_add(const core::UserId& user);
  // How the user stands after a change; forgets who is offline by it.
  ports::Standing conclude(Records::iterator record, const core::UserId& user,
                           std::optional<core::PresenceRecord::Event> event, base::WallTime now);

  MemoryPresenceOptions options_;
  const base::Clock& clock_;
  Records records_;
  std::int64_t latest_seq_ = 0;  // of those forgotten: who comes back goes on above it
};

}  // namespace rollcall::memory

#pragma once

#include "core/group_commit.hpp"
#include "core/handover.hpp"
#include "ports/shared_roster_store.hpp"
#include "sim/members.hpp"
#include "sim/schedule.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::sim {

enum class ServerKind { redis, postgres };

// `read_only`: writes are refused, reads answer (OOM, READONLY, NOREPLICAS, NOPERM, a full disk);
// `refusing`: all is (BUSY, LOADING, MASTERDOWN); `hung`: what arrives waits, and is run when the
// server goes on; `down`: nobody gets a connection.
enum class ServerState { up, read_only, refusing, hung, down };

// A server that holds one roster, as the scripts and statements of the adapters keep it: for each
// member the latest touch and the latest leave, by the server's own clock.
class RosterServer {
 public:
  // How far ahead of its clock a time may lie.
  static constexpr base::Millis kLead{10'000};
  static constexpr base::Millis kMergingMark{3'000};
  static constexpr base::Millis kWander{1'000};

  RosterServer(const Schedule& schedule, ServerKind kind, base::Millis ttl, base::Millis skew);

  ServerKind kind() const { return kind_; }
  base::WallTime now() const { return schedule_.now() + skew_ + wandered_; }
  ServerState state() const { return state_; }

  // -- What its clients ask --
  // Ages are as of `called`, by this clock; it may be a little earlier than the call was.
  void change(const core::Change& change, base::WallTime called);
  void merge(const ports::Merge& merge, base::WallTime called);
  void reset();
  Members live() const;
  bool is_merging() const { return now() < data_.merging_until; }
  ports::ChangesPage changes(const std::string& mark, const std::string& cursor) const;
  std::vector<core::OutageEntry> exchange(const std::string& place,
                                          const std::optional<core::OutageEntry>& own);
  std::uint64_t run() const { return run_; }
  std::uint64_t epoch() const { return data_.epoch; }  // 0: gone
  base::WallTime reset_at() const { return data_.reset_at; }

  // -- What happens to it --
  void set_state(ServerState state);
  void wander(base::Millis off) { wandered_ = off; }  // within kWander: its clock steps
  void wipe();                                        // FLUSHALL
  void restart_empty();                               // another run, too
  void fail_over();                                   // to a copy that lags some seconds behind
  void keep_copy();                                   // which it may be; once a second
  void run_when_up(std::function<void()> request) { waiting_.push_back(std::move(request)); }

  // Whether it has, at all times since, held what it took between the two.
  bool has_kept(base::WallTime from, base::WallTime to) const;
  int connection() const { return connection_; }  // another one when all clients were cut

 private:
  struct Register {
    base::WallTime touch;
    base::WallTime leave;
  };
  struct Data {
    std::array<Register, kMostMembers> members;
    base::WallTime reset_at;
    base::WallTime merging_until;
    std::uint64_t epoch = 0;
  };
  struct Copy {
    base::WallTime at;
    Data data;
  };
  struct Loss {
    base::WallTime from;
    base::WallTime to;
  };
  struct Leased {
    core::OutageEntry entry;
    base::WallTime until;
  };

  static constexpr std::size_t kCopies = 6;
  static constexpr std::size_t kMembersAPage = 8;
  // Statements under way when a pass began may show only later.
  static constexpr base::Millis kOverlap{5'000};

  void cut_all();
  bool is_live(const Register& member) const;

  const Schedule& schedule_;
  ServerKind kind_;
  base::Millis ttl_;
  base::Millis skew_;
  base::Millis wandered_{0};
  ServerState state_ = ServerState::up;
  Data data_;
  std::uint64_t next_epoch_ = 1;
  std::uint64_t run_ = 1;
  int connection_ = 1;
  std::deque<Copy> copies_;
  std::vector<Loss> losses_;
  std::map<std::string, Leased> board_;
  std::vector<std::function<void()>> waiting_;
};

}  // namespace rollcall::sim

#pragma once

#include "base/metrics.hpp"
#include "base/time.hpp"
#include "core/hub.hpp"
#include "ports/presence_store.hpp"
#include "service/relay.hpp"
#include "service/watchers.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace rollcall::service {

struct PresenceCounters {
  base::Counter store_failures;
  base::Counter limit_refusals;
};

// Who is here, of the users whose home is this shard. It tells the store how many connections this
// node has of a user, whenever that changes and again with every pong, and tells watchers of the
// changes that the store makes known.
//
// While the store is away nobody is turned down: this node's own users come and go by its own
// knowledge, and of the others the last status stands.
class Presence {
 public:
  struct Options {
    base::Millis offline_grace{5'000};
    base::Millis drain_grace{10'000};  // the drain's spread, and what comes after it
    base::Millis presence_ttl{300'000};
    std::uint32_t connections_per_user = 32;
  };

  Presence(Options options, core::Hub& hub, Relay& relay, Watchers& watchers,
           ports::PresenceStore& store, const base::Clock& clock);

  void join(const core::UserId& user, core::Attachment attachment, Reply<std::uint32_t> reply);
  void leave(const core::UserId& user, core::ConnectionRef connection, core::Reason reason);
  void pong(const core::UserId& user, core::ConnectionRef connection);
  void set_away(const core::UserId& user, core::ConnectionRef connection, bool away);

  // The store may have forgotten what was said before.
  void say_all_again();

  void tick();

  // Calls `quiet` once nothing that was said waits for the store's answer.
  void when_quiet(std::function<void()> quiet);

  const PresenceCounters& counters() const { return counters_; }

 private:
  static constexpr std::size_t kSaidPerTick = 500;       // of those that are said again
  static constexpr std::size_t kWaitingToSay = 100'000;  // past it those who have gone are let go
  static constexpr base::Millis kJoinPatience{1'000};
  static constexpr base::Millis kRetry{1'000};

  struct Joining {
    core::ConnectionRef connection;
    Reply<std::uint32_t> reply;
    base::WallTime deadline;
    bool attended = false;
    bool said = false;
  };
  using JoinList = std::vector<Joining>;

  void say(const core::UserId& user, core::HubUser& entry);
  void said(const core::UserId& user, const base::Result<ports::Standing>& answer);
  void refuse_newest(const core::UserId& user, core::HubUser& entry, const base::Error& error);
  void failed(const core::UserId& user, core::HubUser& entry);
  void settle(const core::UserId& user);
  void settled(const core::UserId& user, const base::Result<ports::Standing>& answer);
  void wait_to_settle(const core::UserId& user, core::HubUser& entry, base::Millis wait);
  void join_attended(const core::UserId& user, core::ConnectionRef connection);
  void join_said(const core::UserId& user, std::uint32_t connections);
  void give_up_waiting();
  void answer_joined(const core::UserId& user, std::uint32_t connections);
  void drop_if_idle(const core::UserId& user);
  void call_ended();
  bool store_is_long_silent() const;
  base::Millis grace_after(core::Reason reason) const;

  Options options_;
  core::Hub& hub_;
  Relay& relay_;
  Watchers& watchers_;
  ports::PresenceStore& store_;
  const base::Clock& clock_;
  std::map<core::UserId, JoinList> joining_;  // only while stores are asked
  std::multimap<base::WallTime, core::UserId> settling_;
  std::deque<std::pair<base::WallTime, core::UserId>> to_say_;  // in the order of their times
  base::WallTime heard_from_store_;
  std::size_t open_calls_ = 0;
  std::function<void()> quiet_;
  PresenceCounters counters_;
};

}  // namespace rollcall::service

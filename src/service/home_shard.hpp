#pragma once

#include "core/hub.hpp"
#include "service/presence.hpp"
#include "service/relay.hpp"
#include "service/watchers.hpp"

#include <vector>

namespace rollcall::service {

// What a shard has for the users whose home it is.
struct HomeShard {
  struct Options {
    Relay::Options relay;
    Presence::Options presence;
    base::Millis settled_after{10'000};  // until every node has spoken after an outage
  };

  HomeShard(const Options& options, core::MemberHash hash, ports::ShardMesh& mesh,
            std::vector<Relay::Outlet> outlets, ports::MessageBus* bus,
            ports::PresenceStore& presence_store, const base::Clock& clock)
      : settled_after(options.settled_after),
        store(presence_store),
        hub(hash),
        relay(options.relay, hub, mesh, std::move(outlets), bus, store, clock),
        watchers(hub, relay, store, clock),
        presence(options.presence, hub, relay, watchers, store, clock) {
    relay.set_ears({[this](const core::PresenceEvent& event) { watchers.heard(event); },
                    [this] { catch_up(); }});
  }
  HomeShard(const HomeShard&) = delete;
  HomeShard& operator=(const HomeShard&) = delete;

  void tick() {
    relay.tick();
    watchers.tick();
    presence.tick();
  }

  // After a cut, or a loss of the store's data.
  void catch_up() {
    presence.say_all_again();
    watchers.look_again(settled_after);
  }

  base::Millis settled_after;
  ports::PresenceStore& store;
  core::Hub hub;
  Relay relay;
  Watchers watchers;
  Presence presence;
};

}  // namespace rollcall::service

#pragma once

#include "ports/shared_roster_store.hpp"

#include <string>
#include <utility>
#include <vector>

namespace rollcall::sim {

// `count = redis ?? database`: what is asked goes to the database when Redis fails, and nothing
// is remembered. The simulation must find what is wrong with it.
class NaiveStore final : public ports::RosterStore {
 public:
  NaiveStore(ports::SharedRosterStore& primary, ports::SharedRosterStore* fallback)
      : primary_(primary), fallback_(fallback) {}

  void touch(core::MemberId member, base::Millis, ports::Reply<core::Answer> reply) override {
    change({std::move(member), false, base::Millis(0)}, std::move(reply));
  }
  void leave(core::MemberId member, ports::Reply<core::Answer> reply) override {
    change({std::move(member), true, base::Millis(0)}, std::move(reply));
  }
  void count(ports::Reply<core::Answer> reply) override {
    primary_.count([this, reply](base::Result<core::Answer> answer) {
      if (answer || fallback_ == nullptr) return reply(std::move(answer));
      fallback_->count(reply);
    });
  }
  void is_live(std::vector<core::MemberId> members,
               ports::Reply<std::vector<std::optional<ports::Sighting>>> reply) override {
    primary_.is_live(std::move(members), std::move(reply));
  }
  void list(std::string cursor, std::size_t limit,
            ports::Reply<ports::MemberPage> reply) override {
    primary_.list(std::move(cursor), limit, std::move(reply));
  }
  void reset(ports::Reply<base::Done> reply) override { primary_.reset(std::move(reply)); }
  bool partitioned() const override { return false; }

 private:
  void change(const core::Change& change, const ports::Reply<core::Answer>& reply) {
    primary_.change(change, [this, change, reply](base::Result<core::Answer> answer) {
      if (answer || fallback_ == nullptr) return reply(std::move(answer));
      fallback_->change(change, reply);
    });
  }

  ports::SharedRosterStore& primary_;
  ports::SharedRosterStore* fallback_;
};

}  // namespace rollcall::sim

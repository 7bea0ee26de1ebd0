#pragma once

#include "adapters/redis/link.hpp"
#include "adapters/redis/roster_commands.hpp"
#include "adapters/redis/roster_watch.hpp"
#include "adapters/redis/script.hpp"
#include "adapters/redis/timed_scripts.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "core/group_commit.hpp"
#include "ports/shared_roster_store.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>

namespace rollcall::redis {

struct RedisRosterOptions {
  RosterLayout layout;
  std::size_t batch_members = 1000;
  std::size_t queued_changes = 100'000;  // callers that wait for a batch; counts likewise
  base::Millis trim_every{1000};
  std::size_t trim_members = 5000;  // a trim
};

struct RosterCounters {
  base::Counter changes;
  base::Counter trimmed;
  base::Counter data_losses;
  base::Histogram<7> batch_size{std::array<double, 7>{1, 3, 10, 30, 100, 300, 1000}};
};

// A roster in a sorted set: member -> last touch. All changes of a loop turn, and all that arrive
// while a batch is in flight, are one script call; counts ride along with it. Success of a touch
// means that Redis has it, and by one script both wrote and counted.
//
// A merge is a call of its own beside the batches. Nothing is pulled from here: changes() is
// empty.
//
// Works on the link's thread. Callers that wait when it is destroyed are dropped uncalled.
class RedisRosterStore final : public ports::SharedRosterStore {
 public:
  RedisRosterStore(RedisRosterOptions options, Link& link, boost::asio::io_context& context,
                   const base::Logger& logger);

  void touch(core::MemberId member, base::Millis age, ports::Reply<core::Answer> reply) override;
  void leave(core::MemberId member, ports::Reply<core::Answer> reply) override;
  void count(ports::Reply<core::Answer> reply) override;
  void is_live(std::vector<core::MemberId> members,
               ports::Reply<std::vector<std::optional<ports::Sighting>>> reply) override;
  // A cursor is good for 60 s, and may be asked again until the next one was.
  void list(std::string cursor, std::size_t limit, ports::Reply<ports::MemberPage> reply) override;
  void reset(ports::Reply<base::Done> reply) override;
  bool partitioned() const override { return false; }

  void change(core::Change change, ports::Reply<core::Answer> reply) override;
  void merge(ports::Merge merge, ports::Reply<base::Done> reply) override;
  void probe(ports::Reply<base::Done> reply) override;
  void changes(std::string mark, std::string cursor,
               ports::Reply<ports::ChangesPage> reply) override;
  void listen(ports::StoreEars& ears) override { ears_ = &ears; }

  const RosterCounters& counters() const { return counters_; }

 private:
  using Waiter = ports::Reply<core::Answer>;
  using Timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                        boost::asio::wait_traits<std::chrono::steady_clock>,
                                        boost::asio::io_context::executor_type>;

  using SteadyTime = std::chrono::steady_clock::time_point;
  struct Merging;

  void flush_soon();
  void flush();
  void committed(const std::string& touched, const base::Result<CommitReply>& reply);
  void send_merge(const std::shared_ptr<const Merging>& merging);
  CommitCall commit_call(const WriteWindow& window, SteadyTime ages_as_of) const;
  void watch_link();
  void note(const CommitReply& reply, bool own_reset);
  void note_loss();
  void trim_after(base::Millis wait);
  void trim();
  template <typename Task>
  auto while_alive(Task task);

  RedisRosterOptions options_;
  RosterKeys keys_;
  Link& link_;
  boost::asio::io_context& context_;
  const base::Logger& logger_;
  Script commit_;
  Script sightings_;
  Script list_;
  Script reset_;
  Script trim_;
  Script probe_;
  TimedScripts timed_;
  core::GroupCommit<Waiter> commits_;
  std::vector<Waiter> counting_;    // for the next batch, or for a call of their own
  std::vector<Waiter> committing_;  // whom the call in flight answers
  bool in_flight_ = false;
  bool flush_posted_ = false;
  SteadyTime born_;  // the ages of waiting changes are as of this
  RosterWatch watch_;
  ports::StoreEars* ears_ = nullptr;
  std::string next_epoch_;  // the id for an epoch that a call of ours has to begin
  std::uint64_t probes_ = 0;
  Timer trim_timer_;
  RosterCounters counters_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // callbacks hold it weakly
};

}  // namespace rollcall::redis

#pragma once

#include "adapters/postgres/link.hpp"
#include "adapters/postgres/roster_table.hpp"
#include "adapters/postgres/tally.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "core/group_commit.hpp"
#include "ports/shared_roster_store.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

namespace rollcall::postgres {

struct PostgresRosterOptions {
  std::string name;
  base::Millis ttl;
  std::size_t batch_members = 1000;
  std::size_t queued_changes = 100'000;  // callers that wait to be written; and to be counted
  base::Millis count_every{1000};        // how old a count may grow
  std::string sessions_table{};          // of another program, with the touches; empty: rollcall's
};

// A roster in PostgreSQL, for all nodes of a cluster. Changes of one loop turn, and those that
// arrive while a batch is in flight, are one statement. Everything is on the link's thread.
//
// The live members are counted at most once every `count_every`, and only when somebody asks:
// answers between two counts add who came and take off who left through this node. So an answer
// counts its caller at once, and shows what other nodes did and who expired `count_every` later at
// most. A count reads the table: it takes about 20 ms for each 100,000 rows, during which this
// link's batches wait.
//
// A reset by another node is told when a count shows it.
//
// Errors beyond the port's: overloaded ("queue_full").
class PostgresRosterStore final : public ports::SharedRosterStore {
 public:
  // `link`, `context` and `logger` outlive the store.
  PostgresRosterStore(PostgresRosterOptions options, Link& link, boost::asio::io_context& context,
                      const base::Logger& logger);
  ~PostgresRosterStore() override;

  void touch(core::MemberId member, base::Millis age, ports::Reply<core::Answer> reply) override;
  void leave(core::MemberId member, ports::Reply<core::Answer> reply) override;
  void count(ports::Reply<core::Answer> reply) override;
  void is_live(std::vector<core::MemberId> members,
               ports::Reply<std::vector<std::optional<ports::Sighting>>> reply) override;
  void list(std::string cursor, std::size_t limit, ports::Reply<ports::MemberPage> reply) override;
  void reset(ports::Reply<base::Done> reply) override;
  bool partitioned() const override { return false; }

  void change(core::Change change, ports::Reply<core::Answer> reply) override;
  void merge(ports::Merge merge, ports::Reply<base::Done> reply) override;
  void probe(ports::Reply<base::Done> reply) override;
  void changes(std::string mark, std::string cursor,
               ports::Reply<ports::ChangesPage> reply) override;
  void listen(ports::StoreEars& ears) override { ears_ = &ears; }

 private:
  using Commit = core::GroupCommit<ports::Reply<core::Answer>>;
  using SteadyTime = std::chrono::steady_clock::time_point;

  void flush_soon();
  void flush();
  void send_changes(const std::vector<core::Change>& changes, Origin origin,
                    ports::Reply<base::Done> done);
  void note_standings(const Rows& rows);
  void note_reset(std::int64_t reset_at_us);
  bool count_is_due() const;
  void start_count();
  void take_count(const base::Result<Rows>& rows);
  base::Result<core::Answer> answer_after(const base::Status& status) const;
  void watch_health(const base::Status& status);

  PostgresRosterOptions options_;
  std::unique_ptr<const RosterTable> table_;
  Link& link_;
  boost::asio::io_context& context_;
  const base::Logger& logger_;
  Commit commit_;
  bool flush_posted_ = false;
  Tally tally_;
  SteadyTime counted_at_;
  bool counting_ = false;
  bool count_is_stale_ = false;
  std::vector<ports::Reply<core::Answer>> count_waiters_;
  bool healthy_ = true;
  std::int64_t reset_at_us_ = 0;  // the latest that is known
  ports::StoreEars* ears_ = nullptr;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // what is under way holds it weakly
};

}  // namespace rollcall::postgres

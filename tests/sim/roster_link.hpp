#pragma once

#include "ports/outage_board.hpp"
#include "ports/shared_roster_store.hpp"
#include "sim/members.hpp"
#include "sim/roster_server.hpp"
#include "sim/schedule.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rollcall::sim {

// How one node reaches one server. `hung`: what is sent arrives when the link goes on; `lossy`:
// never; `slow`: it is run, and the reply comes after the sender gave up; `flaky`: every second
// call is refused; `crowded`: merges find no place, as when a large shadow waits behind beats.
enum class LinkFault { none, cut, hung, lossy, slow, flaky, crowded };

// What the adapters do besides carrying requests. Each can be taken out.
struct LinkRules {
  bool deadlines = true;  // the server refuses what comes later than its sender waits
  bool dates = true;      // a touch is as old as it was when it was sent
};

// A node's store adapter and link: the requests of one server, with latency and faults. Requests
// arrive in the order in which they were sent. It outlives the schedule's tasks.
class RosterLink final : public ports::SharedRosterStore, public ports::OutageBoard {
 public:
  struct Options {
    base::Millis latency{2};
    LinkRules rules;
  };

  RosterLink(Options options, Schedule& schedule, RosterServer& server);

  void set_fault(LinkFault fault);
  void abandon();  // its node has died: nobody hears of what is under way
  LinkFault fault() const { return fault_; }
  // Whether requests are answered as they should be, merges apart.
  bool works() const;
  // Whom the latest answer that this link gave counted.
  const Members& answered() const { return answered_; }

  void touch(core::MemberId member, base::Millis age, ports::Reply<core::Answer> reply) override;
  void leave(core::MemberId member, ports::Reply<core::Answer> reply) override;
  void change(core::Change change, ports::Reply<core::Answer> reply) override;
  void count(ports::Reply<core::Answer> reply) override;
  void merge(ports::Merge merge, ports::Reply<base::Done> reply) override;
  void probe(ports::Reply<base::Done> reply) override;
  void changes(std::string mark, std::string cursor,
               ports::Reply<ports::ChangesPage> reply) override;
  void reset(ports::Reply<base::Done> reply) override;
  void listen(ports::StoreEars& ears) override { ears_ = &ears; }
  bool partitioned() const override { return false; }
  void is_live(std::vector<core::MemberId> members,
               ports::Reply<std::vector<std::optional<ports::Sighting>>> reply) override;
  void list(std::string cursor, std::size_t limit, ports::Reply<ports::MemberPage> reply) override;

  void exchange(const std::string& roster, const std::string& place,
                std::optional<core::OutageEntry> own,
                ports::Reply<std::vector<core::OutageEntry>> reply) override;

 private:
  enum class Access { reads, writes };

  // What each reply tells of the server.
  struct Facts {
    base::WallTime now;
    std::uint64_t run = 0;
    std::uint64_t epoch = 0;
    base::WallTime reset_at;
    bool late = false;
    Members counted;
  };
  template <typename T>
  struct Call;

  // Of other nodes' changes a count in PostgreSQL knows after this long.
  static constexpr base::Millis kRecount{1'000};

  base::Millis timeout() const;
  std::pair<int, int> connection() const { return {connection_, server_.connection()}; }
  core::Answer answer();
  void learn(const Facts& facts);
  template <typename T>
  void call(Access access, std::function<T()> run, ports::Reply<T> reply);
  template <typename T>
  void send(std::shared_ptr<Call<T>> call);
  template <typename T>
  void arrive(std::shared_ptr<Call<T>> call);
  template <typename T>
  void run(std::shared_ptr<Call<T>> call);
  template <typename T>
  void conclude(std::shared_ptr<Call<T>> call, base::Result<T> result, Facts facts);

  Options options_;
  Schedule& schedule_;
  RosterServer& server_;
  LinkFault fault_ = LinkFault::none;
  int connection_ = 0;
  bool refuses_next_ = false;  // when flaky
  base::WallTime last_arrival_;
  std::vector<std::function<void()>> held_;  // by a hung link
  ports::StoreEars* ears_ = nullptr;
  std::optional<Facts> known_;
  bool abandoned_ = false;
  std::optional<base::Millis> ahead_;  // the server's clock, of ours
  base::WallTime called_;              // by the server's clock: the call that it runs
  Members counted_;
  std::optional<base::WallTime> counted_at_;
  Members answered_;
};

}  // namespace rollcall::sim

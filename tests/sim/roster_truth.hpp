#pragma once

#include "core/answer.hpp"
#include "sim/members.hpp"
#include "sim/reachability.hpp"
#include "sim/roster_server.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::sim {

// An answer that a node gave.
struct Given {
  int life = 0;  // of the node
  core::Answer answer;
  base::WallTime asked;
  base::WallTime at;
  std::optional<Members> counted;  // by the store that it came from, if one did
};

// Who was where, and what each answer may say: the statement that docs/outages.md makes to
// operators, read precisely. T is the ttl. `kD` is d: how long news may take, and how far clocks
// and roundings may err. `kReplay` bounds detection, a lease on the outage board, two good probes
// and a replay. Two nodes are *joined* when there has been a store that both could use for d +
// kReplay.
//
// 1. An exact answer counts every member that has a touch, in the stay that it has not left, of
//    at most T - d ago, acknowledged before the answer was asked for
//    - by the node that answers, whatever the touch was acknowledged from; or
//    - by another node more than d before, when the answering store acknowledged it and has lost
//      nothing since, or when that node lives and the two are joined.
//    While the node has a store that has worked for d + kReplay, no answer is local; and all are
//    exact when nothing anywhere has begun or ceased to work for so long.
// 2. No answer's store counts a member whose last touch ended more than T + d ago; nor one whose
//    leave was acknowledged more than d before the answer was asked for
//    - by the answering store, if it has lost nothing since; or
//    - by the node that answers, or one that lives and is joined with it, when the answer is exact
//      or nothing anywhere has changed for d + kReplay.
//    The number is at most that of the members so allowed. An at-least answer's is lifted to the
//    node's own shadow, which may hold some who have since left at other nodes, and for d to the
//    node's last exact answer, so that there the spans are twice as long.
// 3. An at-least answer is not below the number of members whose last touch at this node, in this
//    life of it, is at most T ago, and who have not left there since.
// 4. 60 s after the last fault every node's answer is exact, and all count the same members: those
//    whose last touch is at most T ago and who have not left.
class RosterTruth {
 public:
  static constexpr base::Millis kD{10'000};
  static constexpr base::Millis kReplay{15'000};

  RosterTruth(base::Millis ttl, const Reachability& reach);
  void hold(core::Source source, const RosterServer& server) { servers_[source] = &server; }

  // A change that was asked for at `sent` is answered now; or nobody knows what became of it.
  void begin(std::size_t member, bool leaving);
  void touched(std::size_t member, int life, core::Source by, base::WallTime sent,
               base::WallTime now);
  void left(std::size_t member, int life, core::Source by, base::WallTime sent,
            base::WallTime now);
  void lost_track(std::size_t member, bool leaving, base::WallTime now);

  // The first statement that the answer breaks; nothing when it is true.
  std::string breach(const Given& given) const;

  // Who is live now, and who may be, for those whose ttl ends within `tolerance`.
  Members surely_live(base::WallTime now, base::Millis tolerance) const;
  Members maybe_live(base::WallTime now, base::Millis tolerance) const;

 private:
  // An acknowledgement: by which node, from which store.
  struct Witness {
    int life = 0;
    core::Source by = core::Source::local;
    base::WallTime sent;
    base::WallTime acked;
  };
  struct Session {
    std::vector<Witness> touches;  // of this stay
    std::optional<Witness> left;
    std::optional<base::WallTime> last_try;  // when the latest touch ended, well or not
    std::map<int, base::WallTime> at;        // where it was last seen, until it left there
    bool is_changing = false;
    bool is_leaving = false;
  };

  bool joined(int one, int other, base::WallTime asked) const;
  bool is_kept(const Witness& witness, core::Source answering) const;
  bool is_demanded(const Session& session, const Given& given) const;
  bool is_forbidden(const Session& session, const Given& given, base::Millis d) const;
  bool is_quiet(base::WallTime now) const;
  std::string check_certainty(const Given& given) const;
  std::string check_members(const Given& given) const;
  std::string check_number(const Given& given) const;

  base::Millis ttl_;
  const Reachability& reach_;
  std::map<core::Source, const RosterServer*> servers_;
  std::array<Session, kMostMembers> sessions_;
};

std::string to_text(const Members& members);

}  // namespace rollcall::sim

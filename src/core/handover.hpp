#pragma once

#include "base/time.hpp"
#include "core/answer.hpp"
#include "core/backoff.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

namespace rollcall::core {

// Where a place may find a roster, in the order of preference. `local` is its own shadow.
enum class Tier { primary, fallback, local };

// An error reply; a link that is down; no answer in time (it may have been applied).
enum class StoreFailure { refused, cut, late };

// What a place tells the others while it cannot use the primary, or while another cannot.
struct OutageEntry {
  bool away = false;    // writes to the fallback alone
  bool seeded = false;  // all that it knows is in the fallback
};

// The rules of the hand-over. Each can be taken out, so that the simulation is seen to notice.
struct HandoverRules {
  bool replay_to_primary = true;   // what the primary missed follows, once it is back
  bool replay_to_fallback = true;  // the shadow goes into the fallback, for it began empty
  bool pull = true;                // what others put into the fallback goes into the primary
  bool bridge = true;              // while another place is away, both stores are written
  bool notice_loss = true;         // a primary that lost its data is filled again
  bool probe_twice = true;         // a primary is back after two good probes
  bool settle = true;              // no answer is exact for a while after a change
  bool await_seeding = true;       // no answer is exact until the others have seeded
  bool floor = true;               // an at-least answer is not below the shadow
  bool remember_leaves = true;     // a replay tells who left, not only who came
};

struct HandoverOptions {
  base::Millis ttl{0};
  bool has_fallback = false;
  base::Millis settle{10'000};  // `d` of docs/outages.md
  base::Millis probe_first{50};
  base::Millis probe_most{2'000};
  base::Millis board_every{2'000};
  base::Millis pull_every{2'000};
  base::Millis pulse_every{2'000};  // how long the primary may go unasked
  std::uint32_t seed = 1;           // of the jitter
  HandoverRules rules;
};

// Decides which store of a roster answers, what is written where, what is replayed, and when an
// outage is over. Pure: told what happened, asked what to do; `now` never goes backwards.
//
// One place (a shard of a node) has one for each roster. Places know of one another only through
// the stores, so any two may stand differently for a while: that is a case like any other.
class Handover {
 public:
  enum class State { normal, fallback, local, recovering };

  struct Change {
    base::WallTime at;
    State from;
    State to;
    std::string_view reason;  // of static storage
  };

  explicit Handover(HandoverOptions options);

  // -- What is so --
  State state() const;
  Tier answers() const;           // whose count is the answer; a change is acknowledged there
  bool writes(Tier tier) const;   // whether a change goes there, for an answer or besides
  Certainty certainty(Tier answered, base::WallTime now) const;
  bool primary_is_open() const { return open_; }  // the breaker: nothing is sent there but probes
  const std::deque<Change>& history() const { return history_; }  // the latest, oldest first

  // -- What happened --
  // `since`: when the call began that failed. Whatever came from then on may be missing.
  void succeeded(Tier tier, base::WallTime now);
  void failed(Tier tier, StoreFailure how, base::WallTime since, base::WallTime now);
  // Acknowledged elsewhere: `tier` has not got it.
  void missed(Tier tier, base::WallTime since);
  void lost(base::WallTime now);  // the primary has lost its data

  // -- What to do: each take_* begins one piece of work, to be ended by its report. --
  bool take_probe(Tier tier, base::WallTime now);
  void probed(Tier tier, bool good, base::WallTime now);

  bool take_pulse(base::WallTime now);  // ask the primary for a count: it may have lost its data

  // From when on the shadow has to go into `tier`.
  std::optional<base::WallTime> take_replay(Tier tier, base::WallTime now);
  void replayed(Tier tier, bool whole, base::WallTime now);

  bool take_pull(base::WallTime now);  // a pass of the fallback's changes into the primary
  void pulled(bool whole, base::WallTime now);

  struct Notice {
    std::optional<OutageEntry> own;
  };
  std::optional<Notice> take_board(base::WallTime now);
  void heard(const std::vector<OutageEntry>& others, base::WallTime now);  // nothing on failure
  void heard_nothing(base::WallTime now);

 private:
  // What a store may lack of what this place knows.
  struct Debt {
    std::optional<base::WallTime> since;   // nothing: it lacks nothing
    std::optional<base::WallTime> during;  // what a replay under way may have missed
    bool replaying = false;
    base::WallTime next_try;
  };
  struct Probing {
    Backoff backoff;
    int good = 0;
    bool under_way = false;
    base::WallTime next;
  };

  static constexpr std::size_t kHistory = 50;
  static constexpr int kLateLimit = 2;
  static constexpr int kGoodProbes = 2;
  static constexpr base::Millis kRetry{500};

  bool fallback_is_up() const { return options_.has_fallback && !fallback_down_; }
  bool fallback_is_needed() const { return open_ || others_away_; }
  bool is_writing_both() const;
  void owe(Debt& debt, base::WallTime since);
  Debt& debt(Tier tier) { return tier == Tier::primary ? primary_debt_ : fallback_debt_; }
  void open(std::string_view reason, base::WallTime now);
  void close(base::WallTime now);
  void unsettle(base::WallTime now);
  void note_state(std::string_view reason, base::WallTime now);
  bool is_caught_up() const;

  HandoverOptions options_;
  bool open_ = false;
  int late_ = 0;
  bool fallback_down_ = false;
  bool stale_ = false;  // the primary is back, and lacks what a replay and a pull will bring
  Debt primary_debt_;
  Debt fallback_debt_;
  Probing primary_probing_;
  Probing fallback_probing_;
  base::WallTime last_primary_answer_;

  bool pulling_ = false;
  bool pull_owed_ = false;       // since the primary is back, none was whole
  base::WallTime pull_began_;
  base::WallTime next_pull_;
  std::optional<base::WallTime> pulled_from_;  // when the latest whole pass began

  bool others_away_ = false;
  bool others_seeded_ = true;
  base::WallTime seeded_at_;  // since when the board says so
  bool entry_is_up_ = false;  // an entry of ours may be on the board
  bool board_under_way_ = false;
  base::WallTime next_board_;

  base::WallTime unsettled_until_;
  base::WallTime both_until_;  // both stores are written until then
  State told_state_ = State::normal;
  std::deque<Change> history_;
};

constexpr std::string_view name_of(Handover::State state) {
  switch (state) {
    case Handover::State::normal:
      return "normal";
    case Handover::State::fallback:
      return "fallback";
    case Handover::State::local:
      return "local";
    case Handover::State::recovering:
      return "recovering";
  }
  return "";
}

}  // namespace rollcall::core

#pragma once

#include "base/time.hpp"
#include "core/answer.hpp"
#include "core/backoff.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::core {

// Where a place may find a roster, in the order of preference. `local` is its own shadow.
enum class Tier { primary, fallback, local };

// An error reply or a link that is down; no answer in time (it may have been applied).
enum class StoreFailure { broken, late };

// What a place tells the others while it cannot use the primary, or while another cannot.
struct OutageEntry {
  bool away = false;    // what it was told lately is in the fallback alone
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
  base::Millis fallback_lag{1'500};   // how old a count of the fallback may be
  base::Millis seeding_shown{5'000};  // on the board, after its end; longer than two looks
  base::Millis board_lease{10'000};   // how long others are taken to be as they said
  base::Millis pull_every{2'000};
  base::Millis pulse_every{2'000};  // how long the primary may go unasked
  base::Millis retry_after{500};    // a replay or pull that failed
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
    std::string reason;
  };
  static constexpr std::size_t kHistory = 50;

  explicit Handover(HandoverOptions options);

  // -- What is so --
  State state() const;
  Tier answers() const;          // whose count is the answer; a change is acknowledged there
  bool writes(Tier tier) const;  // whether a change goes there, for an answer or besides
  // Of an answer that this store gives now.
  Certainty certainty(Tier answered, base::WallTime now) const;
  bool is_up(Tier tier) const;  // as far as is known; `local` is always
  const std::deque<Change>& history() const { return history_; }  // the latest, oldest first
  std::uint64_t changes() const { return changes_; }              // since the start

  // -- What happened --
  void advance(base::WallTime now);  // time passed
  void succeeded(Tier tier, base::WallTime now);
  // `since`: when the call began that failed. What came from then on may be missing.
  void failed(Tier tier, StoreFailure how, std::string_view reason, base::WallTime since,
              base::WallTime now);
  // What began then was acknowledged elsewhere, and `tier` did not get it.
  void missed(Tier tier, base::WallTime since);
  void lost(base::WallTime now);  // the primary has lost its data

  // -- What to do. Each take_* that is not refused begins a piece of work; its report ends it. --
  bool take_probe(Tier tier, base::WallTime now);
  void probed(Tier tier, bool is_good, base::WallTime now);

  // Ask the primary for a count: it may have lost its data. Its answer is the report.
  bool take_pulse(base::WallTime now);

  // From when on the shadow has to go into `tier`.
  std::optional<base::WallTime> take_replay(Tier tier, base::WallTime now);
  bool wants_replay(Tier tier) const;  // still
  void replayed(Tier tier, bool is_whole, base::WallTime now);

  // A pass of what is new in the fallback into the primary.
  struct Pass {
    bool from_start;  // all within the ttl; else what is newer than the latest whole pass
  };
  std::optional<Pass> take_pull(base::WallTime now);
  void pulled(bool is_whole, base::WallTime now);

  // A look at the outage board, where this place's entry is to stand as told (or not at all).
  struct BoardCall {
    std::optional<OutageEntry> own;
  };
  std::optional<BoardCall> take_board(base::WallTime now);
  void heard(const std::vector<OutageEntry>& others, base::WallTime now);
  void heard_nothing(base::WallTime now);  // the look failed

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

  static constexpr int kLateLimit = 2;
  static constexpr int kGoodProbes = 2;

  bool fallback_is_up() const { return options_.has_fallback && !fallback_down_; }
  bool must_seed() const { return open_ || returning_ || others_away_; }
  bool is_filling() const { return stale_ || primary_debt_.since.has_value(); }
  Debt& debt(Tier tier) { return tier == Tier::primary ? primary_debt_ : fallback_debt_; }
  Probing& probing(Tier tier) {
    return tier == Tier::primary ? primary_probing_ : fallback_probing_;
  }
  static void owe(Debt& debt, base::WallTime since);
  void open(std::string_view reason, base::WallTime now);
  void close(base::WallTime now);
  void fill_from_start(base::WallTime now);
  void look_whether_caught_up(base::WallTime now);
  void write_both_from(base::WallTime now);
  void unsettle(base::WallTime now) { unsettled_until_ = now + options_.settle; }
  void note_state(std::string_view reason, base::WallTime now);
  bool others_are_in_primary() const;
  bool has_shown_seeding(base::WallTime now) const;
  void pull_all_from(base::WallTime now);
  void note_others(bool away, bool seeded, base::WallTime now);

  HandoverOptions options_;

  // The primary.
  bool open_ = false;       // the breaker: nothing is sent there but probes
  int late_ = 0;            // in a row
  bool stale_ = false;      // it is back, or lost its data: a replay and a pull will fill it
  bool returning_ = false;  // it is back, and what was told meanwhile is not all in it
  Debt primary_debt_;
  Probing primary_probing_;
  base::WallTime last_asked_;

  // The fallback.
  bool fallback_down_ = false;
  Debt fallback_debt_;
  Probing fallback_probing_;
  bool both_ = false;  // the primary answers, and the fallback is written too
  base::WallTime both_until_;

  // From the fallback into the primary.
  bool pulling_ = false;
  bool pull_owed_ = false;  // until one is whole, the primary may lack what others know
  bool pull_from_start_ = true;
  base::WallTime fill_began_;  // only a pass begun since then pays
  base::WallTime pull_began_;
  base::WallTime next_pull_;
  base::WallTime pulled_from_;  // when the latest whole pass began

  // The other places.
  bool board_heard_ = false;
  bool board_under_way_ = false;
  base::WallTime next_board_;
  base::WallTime heard_at_;
  base::WallTime replayed_at_;  // into the fallback
  bool others_away_ = false;
  bool others_seeded_ = true;
  base::WallTime seeded_at_;  // since when the board says so

  base::WallTime unsettled_until_;  // no answer is exact before
  State told_state_ = State::normal;
  std::deque<Change> history_;
  std::uint64_t changes_ = 0;
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

#pragma once

#include "sim/reachability.hpp"
#include "sim/roster_node.hpp"
#include "sim/roster_server.hpp"
#include "sim/roster_truth.hpp"
#include "sim/schedule.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace rollcall::sim {

// Nodes, sessions that beat, leave, come back or fall silent, and a storm of faults with a calm
// after it, all drawn from a seed. Every answer is held against the truth.
class HandoverWorld {
 public:
  struct Options {
    std::uint64_t seed = 1;
    Mutation mutation;
    bool tells = false;  // keep a history; costs as much as the rest
  };

  explicit HandoverWorld(Options options);

  // The first breach; nothing when all is well.
  std::string run();
  std::string history() const;  // the end of it

 private:
  struct Session {
    std::size_t home = 0;  // the node that it mostly beats at
    base::Millis every{0};
    bool is_here = false;
    bool closes_soon = false;  // this tab is closed as soon as it has beaten
    std::uint64_t op = 0;      // under way; 0: none
    int op_life = 0;
    bool op_leaves = false;
  };

  // How long an answer may take.
  static constexpr base::Millis kDeadline{1'000};
  static constexpr base::Millis kTick{100};
  static constexpr base::Millis kTtl{60'000};
  static constexpr base::Millis kCalm{60'000};
  static constexpr base::Millis kQuietEnd{4'000};  // at the calm's end nobody comes or goes
  static constexpr base::Millis kEdge{4'000};
  static constexpr std::size_t kMostHistory = 40;

  template <typename... Args>
  void note(fmt::format_string<Args...> format, Args&&... args) {
    if (!options_.tells) return;
    if (history_.size() >= kMostHistory) history_.pop_front();
    const double seconds = static_cast<double>(since_start().count()) / 1000.0;
    history_.push_back(fmt::format("{:>9.3f} s  ", seconds) +
                       fmt::format(format, std::forward<Args>(args)...));
  }
  void breach(const std::string& what);
  std::size_t roll(std::size_t sides) { return random_() % sides; }
  base::Millis span(base::Millis from, base::Millis to);
  base::Millis since_start() const;

  void start(std::size_t place);
  void crash(std::size_t place);
  void tick(std::size_t place, int life);
  void poll(std::size_t place, int life);
  void ask(std::size_t place, std::vector<Members>* counted);
  RosterNode* node(std::size_t place, int life) const;

  base::Millis draw_wait(const Session& session);
  void act(std::size_t member);
  std::optional<std::size_t> choose_place(const Session& session);
  void change(std::size_t member, std::size_t place, bool leave);
  void concluded(std::size_t member, std::uint64_t op, std::size_t place, base::WallTime sent,
                 const base::Result<core::Answer>& reply);
  void check(std::size_t place, const core::Answer& answer, base::WallTime asked,
             const std::string& what);
  std::optional<Members> counted(const RosterNode& node, const core::Answer& answer) const;

  void trouble();
  base::Millis draw_duration();
  void trouble_server(RosterServer& server);
  void trouble_data();
  void trouble_link();
  void trouble_stealthily();
  void disturb(RosterLink& link, LinkFault fault, const std::string& what);
  void trouble_node();
  void step_clock(RosterServer& server);
  void lapse(base::Millis wait, std::function<void()> mend);
  void mend_all();
  void refresh_reach();
  void check_agreement();

  Options options_;
  std::mt19937_64 random_;
  Schedule schedule_;
  Reachability reach_;
  RosterTruth truth_;
  std::optional<RosterServer> redis_;
  std::optional<RosterServer> postgres_;
  std::vector<std::unique_ptr<RosterLink>> links_;  // of all lives: what they sent is under way
  std::vector<std::unique_ptr<RosterNode>> nodes_;  // null: crashed
  std::vector<base::Millis> poll_every_;
  std::vector<Session> sessions_;
  base::Millis storm_;
  base::Millis mean_gap_;
  bool clocks_step_ = false;
  std::size_t haste_ = 1;  // one beat in so many is of a tab that is closed at once
  base::Millis slowest_;   // latency of a link
  bool is_calm_ = false;
  bool is_frozen_ = false;
  int last_life_ = 0;
  std::uint64_t last_op_ = 0;
  std::string broken_;
  std::deque<std::string> history_;
  std::map<std::size_t, std::string> told_;  // by each place, the last time
};

}  // namespace rollcall::sim

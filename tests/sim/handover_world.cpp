#include "sim/handover_world.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::sim {
namespace {

using base::Millis;

constexpr base::WallTime kStart{Millis(1'700'000'000'000)};

}  // namespace

HandoverWorld::HandoverWorld(Options options)
    : options_(options), random_(options.seed), schedule_(kStart), truth_(kTtl, reach_) {
  const std::size_t configured = roll(10);
  const auto skew = [this] { return span(Millis(-3'600'000), Millis(3'600'000)); };
  if (configured != 0) redis_.emplace(schedule_, ServerKind::redis, kTtl, skew());
  if (configured != 1) postgres_.emplace(schedule_, ServerKind::postgres, kTtl, skew());
  if (redis_) truth_.hold(core::Source::redis, *redis_);
  if (postgres_) truth_.hold(core::Source::postgres, *postgres_);
  storm_ = span(Millis(60'000), Millis(150'000));
  mean_gap_ = Millis(1'500 << roll(5));
  clocks_step_ = roll(4) == 0;
  haste_ = roll(3) == 0 ? 2 : 16;
  slowest_ = Millis(roll(2) == 0 ? 8 : 60);
  nodes_.resize(2 + roll(3));
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    poll_every_.emplace_back(roll(3) == 0 ? 7'000 : 1'000);
    start(i);
  }
  refresh_reach();
  sessions_.resize(8 + roll(32));
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    sessions_[i].home = roll(nodes_.size());
    sessions_[i].every = span(Millis(4'000), Millis(40'000));
    schedule_.after(span(Millis(0), Millis(10'000)), [this, i] { act(i); });
  }
}

base::Millis HandoverWorld::span(base::Millis from, base::Millis to) {
  return from + Millis(roll(static_cast<std::size_t>((to - from).count()) + 1));
}

base::Millis HandoverWorld::since_start() const {
  return schedule_.now() - kStart;
}

void HandoverWorld::breach(const std::string& what) {
  if (!broken_.empty()) return;
  broken_ = fmt::format("seed {}, after {:.3f} s: {}", options_.seed,
                        static_cast<double>(since_start().count()) / 1000.0, what);
}

RosterNode* HandoverWorld::node(std::size_t place, int life) const {
  RosterNode* found = nodes_[place].get();
  return found != nullptr && found->life() == life ? found : nullptr;
}

// -- The nodes --

void HandoverWorld::start(std::size_t place) {
  const RosterLink::Options link{span(Millis(1), slowest_), options_.mutation.links};
  RosterNode::Links links{nullptr, nullptr};
  if (redis_) {
    links_.push_back(std::make_unique<RosterLink>(link, schedule_, *redis_));
    links.redis = links_.back().get();
  }
  if (postgres_) {
    links_.push_back(std::make_unique<RosterLink>(link, schedule_, *postgres_));
    links.postgres = links_.back().get();
  }
  const int life = ++last_life_;
  note("node {} starts", life);
  nodes_[place] = std::make_unique<RosterNode>(
      RosterNode::Options{life, kTtl, span(Millis(-60'000), Millis(60'000)), options_.mutation},
      links, schedule_, [this, life](const core::Handover::Change& change) {
        note("node {} is {}: {}", life, core::name_of(change.to), change.reason);
      });
  reach_.start(life, schedule_.now());
  schedule_.after(span(Millis(0), kTick), [this, place, life] { tick(place, life); });
  schedule_.after(span(Millis(0), Millis(1'000)), [this, place, life] { poll(place, life); });
}

void HandoverWorld::crash(std::size_t place) {
  const int life = nodes_[place]->life();
  note("node {} dies", life);
  for (RosterLink* link : {nodes_[place]->links().redis, nodes_[place]->links().postgres}) {
    if (link != nullptr) link->abandon();
  }
  nodes_[place].reset();
  reach_.end(life, schedule_.now());
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    Session& session = sessions_[i];
    if (session.op == 0 || session.op_life != life) continue;
    session.op = 0;
    truth_.lost_track(i, session.op_leaves, schedule_.now());
    schedule_.after(span(Millis(1'000), Millis(3'000)), [this, i] { act(i); });
  }
}

void HandoverWorld::tick(std::size_t place, int life) {
  RosterNode* found = node(place, life);
  if (found == nullptr) return;
  found->tick();
  schedule_.after(kTick, [this, place, life] { tick(place, life); });
}

void HandoverWorld::poll(std::size_t place, int life) {
  if (node(place, life) == nullptr) return;
  ask(place, nullptr);
  schedule_.after(poll_every_[place], [this, place, life] { poll(place, life); });
}

void HandoverWorld::ask(std::size_t place, std::vector<Members>* told) {
  const base::WallTime asked = schedule_.now();
  const int life = nodes_[place]->life();
  auto is_answered = std::make_shared<bool>(false);
  schedule_.after(kDeadline, [this, place, life, is_answered] {
    if (*is_answered || node(place, life) == nullptr) return;
    breach(fmt::format("a count at node {} is not answered in time", life));
  });
  nodes_[place]->store().count(
      [this, place, life, asked, told, is_answered](const base::Result<core::Answer>& reply) {
        if (std::exchange(*is_answered, true)) return breach("a count is answered twice");
        if (!reply) return breach(fmt::format("a count at node {} fails", life));
        check(place, reply.value(), asked, "a count");
        if (told == nullptr || reply.value().certainty != core::Certainty::exact) return;
        if (const auto members = counted(*nodes_[place], reply.value())) told->push_back(*members);
      });
}

// -- The sessions --

std::optional<std::size_t> HandoverWorld::choose_place(const Session& session) {
  if (nodes_[session.home] && roll(6) != 0) return session.home;
  const std::size_t first = roll(nodes_.size());
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const std::size_t place = (first + i) % nodes_.size();
    if (nodes_[place]) return place;
  }
  return std::nullopt;
}

// A tab may be closed as soon as it has beaten. Copies between stores whose clocks step do not
// keep apart what lies closer together than the steps.
Millis HandoverWorld::draw_wait(const Session& session) {
  const Millis soonest(clocks_step_ ? 6'000 : 2'000);
  if (session.op_leaves) return span(soonest, Millis(15'000));
  if (session.closes_soon) return span(Millis(1), Millis(200));
  return span(session.every * 3 / 4, session.every * 5 / 4);
}

void HandoverWorld::act(std::size_t member) {
  Session& session = sessions_[member];
  if (session.op != 0 || is_frozen_) return;
  const auto place = choose_place(session);
  const std::size_t draw = roll(20);
  if (!place) {
    schedule_.after(Millis(1'000), [this, member] { act(member); });
  } else if (session.is_here && draw == 0 && !session.closes_soon) {  // falls silent
    note("s{} falls silent", member);
    session.is_here = false;
    schedule_.after(span(kTtl, 2 * kTtl), [this, member] { act(member); });
  } else {
    const bool leaves = session.is_here && (draw <= 2 || session.closes_soon);
    session.closes_soon = !clocks_step_ && !leaves && roll(haste_) == 0;
    change(member, *place, leaves);
  }
}

void HandoverWorld::change(std::size_t member, std::size_t place, bool leave) {
  Session& session = sessions_[member];
  const base::WallTime sent = schedule_.now();
  const std::uint64_t op = ++last_op_;
  session.is_here = !leave;
  session.op = op;
  session.op_life = nodes_[place]->life();
  session.op_leaves = leave;
  truth_.begin(member, leave);
  schedule_.after(kDeadline, [this, member, op] {
    if (sessions_[member].op == op) breach(fmt::format("s{} is not answered in time", member));
  });
  auto reply = [this, member, op, place, sent](const base::Result<core::Answer>& answer) {
    concluded(member, op, place, sent, answer);
  };
  ports::RosterStore& store = nodes_[place]->store();
  if (leave) return store.leave(member_of(member), std::move(reply));
  store.touch(member_of(member), Millis(0), std::move(reply));
}

void HandoverWorld::concluded(std::size_t member, std::uint64_t op, std::size_t place,
                              base::WallTime sent, const base::Result<core::Answer>& reply) {
  Session& session = sessions_[member];
  if (session.op != op) return breach(fmt::format("s{} is answered twice", member));
  session.op = 0;
  const char* what = session.op_leaves ? "leaves" : "beats";
  if (!reply) {
    return breach(fmt::format("s{} {} at node {}: {}", member, what, session.op_life,
                              reply.error().message));
  }
  const core::Answer& answer = reply.value();
  if (session.op_leaves) {
    truth_.left(member, session.op_life, answer.source, sent, schedule_.now());
  } else {
    truth_.touched(member, session.op_life, answer.source, sent, schedule_.now());
  }
  check(place, answer, sent, fmt::format("s{} {}", member, what));
  const auto members = counted(*nodes_[place], answer);
  if (members && (*members)[member] == session.op_leaves) {
    breach(fmt::format("s{} {} at node {}, and the answer knows nothing of it", member, what,
                       session.op_life));
  }
  schedule_.after(draw_wait(session), [this, member] { act(member); });
}

// Whom the answer counts, if that is what a store counted last.
std::optional<Members> HandoverWorld::counted(const RosterNode& node,
                                              const core::Answer& answer) const {
  const bool is_redis = answer.source == core::Source::redis;
  const bool is_postgres = answer.source == core::Source::postgres;
  const RosterLink* link = is_redis ? node.links().redis : node.links().postgres;
  if (link == nullptr || (!is_redis && !is_postgres)) return std::nullopt;
  const std::size_t number = link->answered().count();
  const bool is_lifted = answer.certainty == core::Certainty::at_least && number < answer.online;
  if (number != answer.online && !is_lifted) return std::nullopt;
  return link->answered();
}

void HandoverWorld::check(std::size_t place, const core::Answer& answer, base::WallTime asked,
                          const std::string& what) {
  const RosterNode& from = *nodes_[place];
  const auto members = counted(from, answer);
  if (options_.tells) {
    std::string told = fmt::format("{} {}, {} {}", core::name_of(answer.certainty), answer.online,
                                   core::name_of(answer.source), members ? to_text(*members) : "");
    if (what != "a count" || told_[place] != told) {
      note("{} at node {}: {}", what, from.life(), told);
    }
    told_[place] = std::move(told);
  }
  const bool is_crowded = std::ranges::any_of(
      links_, [](const auto& link) { return link->fault() == LinkFault::crowded; });
  if (is_crowded) reach_.note_change(schedule_.now());  // nobody knows how long a replay takes
  const std::string broken = truth_.breach({from.life(), answer, asked, schedule_.now(), members});
  if (!broken.empty()) breach(fmt::format("{} at node {}: {}", what, from.life(), broken));
}

void HandoverWorld::check_agreement() {
  std::vector<Members> told;
  for (std::size_t i = 0; i < nodes_.size(); ++i) ask(i, &told);
  schedule_.run_for(kDeadline);
  const Members sure = truth_.surely_live(schedule_.now(), kEdge);
  const Members maybe = truth_.maybe_live(schedule_.now(), kEdge);
  if (told.size() != nodes_.size()) return breach("4: not all nodes answer exact");
  for (const Members& members : told) {
    if (((members ^ told.front()) & ~(maybe & ~sure)).any()) {
      breach(fmt::format("4: nodes count {} and {}", to_text(members), to_text(told.front())));
    }
    if ((sure & ~members).any()) breach("4: the count lacks " + to_text(sure & ~members));
    if ((members & ~maybe).any()) breach("4: the count has " + to_text(members & ~maybe));
  }
}

std::string HandoverWorld::run() {
  const auto run_until = [this](base::WallTime end) {
    while (broken_.empty() && schedule_.now() < end) schedule_.run_for(Millis(1'000));
  };
  schedule_.after(span(Millis(0), Millis(20'000)), [this] { trouble(); });
  for (Millis at(0); at < storm_; at += Millis(1'000)) {
    if (redis_) schedule_.after(at, [this] { redis_->keep_copy(); });
  }
  run_until(kStart + storm_);
  is_calm_ = true;
  mend_all();
  run_until(kStart + storm_ + kCalm - kQuietEnd);
  is_frozen_ = true;
  run_until(kStart + storm_ + kCalm + Millis(1'000));
  if (broken_.empty()) check_agreement();
  return broken_;
}

std::string HandoverWorld::history() const {
  std::string story;
  for (const std::string& line : history_) story += line + "\n";
  return story;
}

}  // namespace rollcall::sim

#include "sim/presence_world.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace rollcall::sim {
namespace {

constexpr base::WallTime kStart{base::Millis(1'700'000'000'000)};
constexpr core::Reason kEndings[] = {core::Reason::left,    core::Reason::closed,
                                     core::Reason::timeout, core::Reason::token_expired,
                                     core::Reason::kicked,  core::Reason::drained};

}  // namespace

PresenceWorld::PresenceWorld(std::uint64_t seed)
    : seed_(seed),
      random_(seed),
      schedule_(kStart),
      store_(schedule_),
      last_trouble_(kStart),
      next_pongs_(kStart + kPing) {
  publish_ = [this](const core::PresenceEvent& event, core::Place from) {
    for (const auto& node : nodes_) {
      if (node && node->id() != from) node->hear(event);
    }
  };
  for (std::size_t i = 0; i < kUsers; ++i) {
    users_.push_back(core::UserId::parse("user-" + std::to_string(i)).value());
    gone_since_[users_.back()] = kStart;
  }
  nodes_.resize(kNodes);
  for (std::size_t i = 0; i < kNodes; ++i) start(i);
}

void PresenceWorld::note(const std::string& what) {
  const auto at = (schedule_.now() - kStart).count();
  history_.push_back(fmt::format("{:>9.1f} s  {}", static_cast<double>(at) / 1000.0, what));
}

void PresenceWorld::start(std::size_t index) {
  nodes_[index] = std::make_unique<SimNode>(next_place_++, schedule_, store_, publish_);
  nodes_[index]->watch(users_);
}

void PresenceWorld::crash(std::size_t index) {
  nodes_[index].reset();
}

void PresenceWorld::act() {
  const core::UserId& user = users_[roll(kUsers)];
  SimNode* node = nodes_[roll(kNodes)].get();
  if (node == nullptr) return;
  if (roll(2) == 0 && node->tabs(user) < 3) {
    note(fmt::format("{} opens a tab at node {}", user.text(), node->id()));
    node->open_tab(user);
  } else if (node->tabs(user) > 0) {
    const core::Reason reason = kEndings[roll(std::size(kEndings))];
    note(fmt::format("{} closes a tab at node {}: {}", user.text(), node->id(),
                     core::name_of(reason)));
    node->close_tab(user, reason);
  }
}

void PresenceWorld::trouble() {
  const std::size_t index = roll(kNodes);
  SimNode* node = nodes_[index].get();
  last_trouble_ = schedule_.now();
  switch (roll(5)) {
    case 0:
      note("the store loses its data");
      return store_.wipe();
    case 1:
      if (node == nullptr) {
        note(fmt::format("a node starts in place {}", index));
        return start(index);
      }
      note(fmt::format("node {} dies", node->id()));
      return crash(index);
    case 2:
      if (node == nullptr) return;
      note(fmt::format("node {} loses its link", node->id()));
      return node->set_link(LinkState::refused);
    case 3:
      if (node == nullptr) return;
      note(fmt::format("the link of node {} hangs", node->id()));
      return node->set_link(LinkState::hung);
    default:
      store_.go_on();
      for (const auto& each : nodes_) {
        if (each) each->set_link(LinkState::up);
      }
      note("all links are up");
  }
}

bool PresenceWorld::linked(std::size_t index) const {
  return nodes_[index] && nodes_[index]->link() == LinkState::up;
}

void PresenceWorld::step() {
  if (!calm_ && roll(20) == 0) act();
  if (!calm_ && roll(400) == 0) trouble();
  schedule_.run_for(kStep);
  const bool pongs = schedule_.now() >= next_pongs_;
  if (pongs) next_pongs_ += kPing;
  for (std::size_t i = 0; i < kNodes; ++i) {
    if (!nodes_[i]) continue;
    if (pongs) nodes_[i]->pong_all();
    nodes_[i]->tick();
    if (!linked(i)) last_trouble_ = schedule_.now();
  }
  follow_truth();
}

void PresenceWorld::follow_truth() {
  for (const core::UserId& user : users_) {
    std::size_t tabs = 0;
    for (const auto& node : nodes_) tabs += node ? node->tabs(user) : 0;
    if (tabs > 0) gone_since_.erase(user);
    if (tabs == 0) here_since_.erase(user);
    auto& since = tabs > 0 ? here_since_ : gone_since_;
    since.emplace(user, schedule_.now());
  }
}

// After a trouble of any link or of the store everyone has a while to learn what is true.
std::string PresenceWorld::check_user(const SimNode& node, const core::UserId& user) {
  const auto seen = node.view().status.find(user);
  const bool online = seen != node.view().status.end() && seen->second != core::Status::offline;
  const base::WallTime now = schedule_.now();
  const bool quiet = now - last_trouble_ > kSettled;
  const auto gone = gone_since_.find(user);
  const auto here = here_since_.find(user);
  if (quiet && online && gone != gone_since_.end() && now - gone->second > kSettled) {
    return fmt::format("node {} shows {} online, who has gone", node.id(), user.text());
  }
  if (quiet && !online && here != here_since_.end() && now - here->second > kSettled) {
    return fmt::format("node {} shows {} offline, who is here", node.id(), user.text());
  }
  const bool linked = node.link() == LinkState::up;
  const bool long_gone = gone != gone_since_.end() && now - gone->second > kGoneAfter;
  if (linked && quiet && online && long_gone) {
    return fmt::format("node {} has a ghost: {}", node.id(), user.text());
  }
  return {};
}

std::string PresenceWorld::check() {
  for (const auto& node : nodes_) {
    if (!node) continue;
    if (!node->view().breach.empty()) return node->view().breach;
    for (const core::UserId& user : users_) {
      if (auto wrong = check_user(*node, user); !wrong.empty()) return wrong;
    }
  }
  if (!calm_ || schedule_.now() - last_trouble_ < kSettled) return {};
  for (const core::UserId& user : users_) {
    std::size_t tabs = 0;
    for (const auto& node : nodes_) tabs += node ? node->tabs(user) : 0;
    const std::size_t counted = store_.look_up(user).connections;
    if (counted != tabs) {
      return fmt::format("{} has {} tabs, the store counts {}", user.text(), tabs, counted);
    }
  }
  return {};
}

std::string PresenceWorld::run() {
  const base::WallTime storm_ends = kStart + kStorm;
  while (schedule_.now() < storm_ends + kCalm) {
    if (!calm_ && schedule_.now() >= storm_ends) {
      calm_ = true;
      note("calm");
      last_trouble_ = schedule_.now();
      store_.go_on();
      for (std::size_t i = 0; i < kNodes; ++i) {
        if (!nodes_[i]) start(i);
        nodes_[i]->set_link(LinkState::up);
      }
    }
    step();
    const std::string wrong = check();
    if (wrong.empty()) continue;
    note(wrong);
    for (const core::UserId& user : users_) {
      const ports::Standing standing = store_.look_up(user);
      note(fmt::format(
          "the store has {}: {}, {} connections at {} places, settles in {} ms, seq {}",
          user.text(), core::name_of(standing.status), standing.connections, standing.places,
          standing.settle_in.count(), standing.seq - kStart.time_since_epoch().count()));
    }
    constexpr std::size_t kShown = 60;
    const std::size_t from = history_.size() > kShown ? history_.size() - kShown : 0;
    std::string story = fmt::format("seed {}\n", seed_);
    for (std::size_t i = from; i < history_.size(); ++i) story += history_[i] + "\n";
    return story;
  }
  return {};
}

}  // namespace rollcall::sim

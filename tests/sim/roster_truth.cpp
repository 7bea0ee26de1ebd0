#include "sim/roster_truth.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace rollcall::sim {
namespace {

// A shadow may date a touch early by less than this.
constexpr base::Millis kShadowSlack{1'000};

}  // namespace

std::string to_text(const Members& members) {
  std::string text;
  for (std::size_t i = 0; i < kMostMembers; ++i) {
    if (members[i]) text += (text.empty() ? "s" : " s") + std::to_string(i);
  }
  return "{" + text + "}";
}

RosterTruth::RosterTruth(base::Millis ttl, const Reachability& reach) : ttl_(ttl), reach_(reach) {}

void RosterTruth::begin(std::size_t member, bool leaving) {
  sessions_[member].is_changing = true;
  sessions_[member].is_leaving = leaving;
}

void RosterTruth::touched(std::size_t member, int life, core::Source by, base::WallTime sent,
                          base::WallTime now) {
  Session& session = sessions_[member];
  session.is_changing = session.is_leaving = false;
  session.left.reset();
  session.last_try = now;
  session.at[life] = sent;
  std::erase_if(session.touches, [&](const Witness& old) { return now - old.sent > ttl_; });
  session.touches.push_back({life, by, sent, now});
}

void RosterTruth::left(std::size_t member, int life, core::Source by, base::WallTime sent,
                       base::WallTime now) {
  Session& session = sessions_[member];
  session.is_changing = session.is_leaving = false;
  session.touches.clear();
  session.left = Witness{life, by, sent, now};
  session.at.erase(life);
}

void RosterTruth::lost_track(std::size_t member, bool leaving, base::WallTime now) {
  Session& session = sessions_[member];
  session.is_changing = session.is_leaving = false;
  if (leaving) {
    session.touches.clear();
  } else {
    session.left.reset();
    session.last_try = now;
  }
}

bool RosterTruth::joined(int one, int other, base::WallTime asked) const {
  const auto since = reach_.common_since(one, other);
  return since && asked - *since > kD + kReplay;
}

bool RosterTruth::is_kept(const Witness& witness, core::Source answering) const {
  return witness.by == answering && witness.by != core::Source::local &&
         servers_.at(witness.by)->has_kept(witness.sent, witness.acked);
}

bool RosterTruth::is_quiet(base::WallTime now) const {
  return now - reach_.last_change() > kD + kReplay;
}

bool RosterTruth::is_demanded(const Session& session, const Given& given) const {
  if (session.left || session.is_leaving) return false;
  return std::ranges::any_of(session.touches, [&](const Witness& touch) {
    if (given.at - touch.sent > ttl_ - kD || touch.acked > given.asked) return false;
    if (touch.life == given.life) return true;
    if (given.asked - touch.acked <= kD) return false;
    return is_kept(touch, given.answer.source) || joined(touch.life, given.life, given.asked);
  });
}

bool RosterTruth::is_forbidden(const Session& session, const Given& given, base::Millis d) const {
  if (session.is_changing) return false;
  if (!session.last_try || given.asked - *session.last_try > ttl_ + d) return true;
  if (!session.left || given.asked - session.left->acked <= d) return false;
  if (is_kept(*session.left, given.answer.source)) return true;
  const bool is_exact = given.answer.certainty == core::Certainty::exact;
  if (!is_exact && !is_quiet(given.asked)) return false;
  return session.left->life == given.life || joined(session.left->life, given.life, given.asked);
}

std::string RosterTruth::check_certainty(const Given& given) const {
  const bool is_local = given.answer.source == core::Source::local;
  const bool is_exact = given.answer.certainty == core::Certainty::exact;
  const bool has_store = std::ranges::any_of(servers_, [&](const auto& server) {
    const auto since = reach_.since(given.life, server.first);
    return since && given.asked - *since > kD + kReplay;
  });
  if (is_local && is_exact) return "1: local, and exact";
  if (is_local && has_store) return "1: local, though a store works";
  if (!is_exact && has_store && is_quiet(given.asked)) {
    return "1: at-least, though nothing has changed for long";
  }
  return {};
}

std::string RosterTruth::check_members(const Given& given) const {
  if (!given.counted) return {};
  Members missing;
  Members ghosts;
  for (std::size_t i = 0; i < kMostMembers; ++i) {
    missing[i] = !(*given.counted)[i] && is_demanded(sessions_[i], given);
    ghosts[i] = (*given.counted)[i] && is_forbidden(sessions_[i], given, kD);
  }
  const bool is_exact = given.answer.certainty == core::Certainty::exact;
  if (is_exact && missing.any()) return "1: an exact answer lacks " + to_text(missing);
  if (ghosts.any()) return "2: an answer counts " + to_text(ghosts);
  return {};
}

std::string RosterTruth::check_number(const Given& given) const {
  std::size_t least = 0;
  std::size_t most = 0;
  std::size_t shadow = 0;
  const bool is_exact = given.answer.certainty == core::Certainty::exact;
  Given lifted = given;  // to what another store may have answered
  lifted.answer.source = core::Source::local;
  for (const Session& session : sessions_) {
    const auto here = session.at.find(given.life);
    const bool was_here = here != session.at.end();
    const auto silent = was_here ? given.at - here->second : base::Millis::max();
    const bool may_be_shadowed = was_here && silent <= ttl_ + kD;
    least += is_demanded(session, given);
    const bool is_allowed =
        !is_forbidden(session, is_exact ? given : lifted, is_exact ? kD : 2 * kD);
    most += is_allowed || (!is_exact && may_be_shadowed);
    shadow += was_here && !session.is_leaving && silent <= ttl_ - kShadowSlack;
  }
  const std::size_t online = given.answer.online;
  if (is_exact && online < least) return fmt::format("1: exact, and below {}", least);
  if (online > most) return fmt::format("2: above {}", most);
  if (!is_exact && online < shadow) return fmt::format("3: below the shadow, {}", shadow);
  return {};
}

std::string RosterTruth::breach(const Given& given) const {
  std::string broken = check_certainty(given);
  if (broken.empty()) broken = check_members(given);
  if (broken.empty()) broken = check_number(given);
  return broken;
}

Members RosterTruth::surely_live(base::WallTime now, base::Millis tolerance) const {
  Members live;
  for (std::size_t i = 0; i < kMostMembers; ++i) {
    const Session& session = sessions_[i];
    if (session.left || session.touches.empty()) continue;
    live[i] = now - session.touches.back().sent <= ttl_ - tolerance;
  }
  return live;
}

Members RosterTruth::maybe_live(base::WallTime now, base::Millis tolerance) const {
  Members live;
  for (std::size_t i = 0; i < kMostMembers; ++i) {
    const Session& session = sessions_[i];
    live[i] = !session.left && session.last_try && now - *session.last_try <= ttl_ + tolerance;
  }
  return live;
}

}  // namespace rollcall::sim

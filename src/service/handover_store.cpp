#include "service/handover_store.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace rollcall::service {

using core::Tier;

namespace {

core::StoreFailure failure_of(const base::Error& error) {
  const bool is_late = error.kind == base::Errc::timeout;
  return is_late ? core::StoreFailure::late : core::StoreFailure::broken;
}

// These are this process' own limits, and no failure of the store.
bool is_own_limit(const base::Error& error) {
  return error.kind == base::Errc::overloaded || error.kind == base::Errc::invalid_argument;
}

}  // namespace

HandoverStore::HandoverStore(Options options, Stores stores,
                             std::shared_ptr<core::ShardCounts> counts, std::size_t shard,
                             const core::MemberHash& hash, const base::Clock& clock,
                             OnChange on_change)
    : options_(std::move(options)),
      stores_(stores),
      counts_(std::move(counts)),
      shard_(shard),
      hash_(hash),
      clock_(clock),
      on_change_(std::move(on_change)),
      handover_(options_.handover),
      shadow_(options_.handover.ttl, options_.max_members, hash),
      to_primary_(stores_.primary, shadow_, clock, options_.handover.rules.remember_leaves) {
  stores_.primary.listen(*this);
  if (stores_.fallback == nullptr) return;
  to_fallback_.emplace(*stores_.fallback, shadow_, clock_,
                       options_.handover.rules.remember_leaves);
  pull_.emplace(
      *stores_.fallback, stores_.primary, clock_,
      [this](const core::Change& change) { return is_own(change); },
      [this](base::Millis age) { on_reset(age); });
}

std::uint64_t HandoverStore::replayed(Tier tier) const {
  if (tier == Tier::primary) return to_primary_.replayed().get();
  return to_fallback_ ? to_fallback_->replayed().get() : 0;
}

// -- Changes and counts --

void HandoverStore::touch(core::MemberId member, base::Millis age,
                          ports::Reply<core::Answer> reply) {
  if (!shadow_.has_room_for(member.text())) {
    return reply(base::Error{base::Errc::overloaded, "roster_full",
                             "this node remembers its limit of members (store.max_members)"});
  }
  const base::WallTime now = clock_.now();
  begin({std::move(member), false, now, now - age, false, false, std::move(reply)});
}

void HandoverStore::leave(core::MemberId member, ports::Reply<core::Answer> reply) {
  const base::WallTime now = clock_.now();
  begin({std::move(member), true, now, now, false, false, std::move(reply)});
}

void HandoverStore::count(ports::Reply<core::Answer> reply) {
  const base::WallTime now = clock_.now();
  begin({std::nullopt, false, now, now, false, false, std::move(reply)});
}

void HandoverStore::begin(Op op) {
  const OpId id = first_op_ + static_cast<OpId>(ops_.size());
  ops_.push_back(std::move(op));
  const Tier answering = handover_.answers();
  for (const Tier tier : {Tier::primary, Tier::fallback}) {
    if (tier != answering && handover_.writes(tier)) send_besides(ops_.back(), tier);
  }
  send(id, answering);
}

HandoverStore::Op* HandoverStore::find(OpId id) {
  const OpId place = id - first_op_;
  if (place >= ops_.size() || !ops_[place].reply) return nullptr;
  return &ops_[place];
}

// What is captured fits into a std::function without an allocation.
void HandoverStore::send(OpId id, Tier tier) {
  Op& op = *find(id);
  if (tier == Tier::local) {
    answer_locally(op);
    return drop_answered();
  }
  (tier == Tier::primary ? op.in_primary : op.in_fallback) = true;
  const auto replied = [this, id, tier](base::Result<core::Answer> answer) {
    this->replied(id, tier, std::move(answer));
  };
  if (!op.member) return store(tier).count(replied);
  store(tier).change({*op.member, op.is_leave, clock_.now() - op.began}, replied);
}

// Nobody waits for this one: when it fails, a replay makes it good.
void HandoverStore::send_besides(Op& op, Tier tier) {
  if (!op.member) return;
  (tier == Tier::primary ? op.in_primary : op.in_fallback) = true;
  const base::WallTime now = clock_.now();
  const base::WallTime began = op.began;
  store(tier).change({*op.member, op.is_leave, now - began},
                     [this, tier, began](const base::Result<core::Answer>& answer) {
                       if (closed_) return;
                       if (answer) return handover_.succeeded(tier, clock_.now());
                       note_failure(tier, answer.error(), began);
                     });
}

void HandoverStore::replied(OpId id, Tier tier, base::Result<core::Answer> answer) {
  if (closed_) return;
  Op* op = find(id);
  const base::WallTime now = clock_.now();
  if (answer) {
    handover_.succeeded(tier, now);
    if (op != nullptr) acknowledge(*op, tier, answer.value());
    return drop_answered();
  }
  note_failure(tier, answer.error(), op != nullptr ? op->began : now);
  if (op == nullptr) return;
  if (is_own_limit(answer.error())) {
    std::exchange(op->reply, nullptr)(std::move(answer).error());
    return drop_answered();
  }
  counters_.retried.add();
  send(id, next_after(tier));
}

Tier HandoverStore::next_after(Tier failed) const {
  if (failed == Tier::primary && handover_.is_up(Tier::fallback)) return Tier::fallback;
  return Tier::local;
}

// A change that met a limit of ours is not in the store, yet the store is well.
void HandoverStore::note_failure(Tier tier, const base::Error& error, base::WallTime since) {
  if (is_own_limit(error)) return handover_.missed(tier, since);
  handover_.failed(tier, failure_of(error), error.message, since, clock_.now());
  partitioned_ = handover_.answers() == Tier::local;
  tell_changes();
}

void HandoverStore::acknowledge(Op& op, Tier tier, core::Answer answer) {
  const base::WallTime now = clock_.now();
  if (op.member) {
    if (op.is_leave) {
      if (exact_.online > 0 && shadow_.find(op.member->text(), now)) --exact_.online;
      shadow_.leave(op.member->text(), op.began, now);
    } else if (auto kept = shadow_.touch(op.member->text(), op.began, now); !kept) {
      return std::exchange(op.reply, nullptr)(std::move(kept).error());
    }
    if (!op.in_primary || tier == Tier::local) handover_.missed(Tier::primary, op.began);
    if (!op.in_fallback || tier == Tier::local) handover_.missed(Tier::fallback, op.began);
  }
  std::exchange(op.reply, nullptr)(complete(answer, tier, now));
}

void HandoverStore::answer_locally(Op& op) {
  if (op.member) counters_.local.add();
  acknowledge(op, Tier::local, {0, core::Source::local, core::Certainty::at_least});
}

void HandoverStore::drop_answered() {
  while (!ops_.empty() && !ops_.front().reply) {
    ops_.pop_front();
    ++first_op_;
  }
}

// Whatever a store does: nobody waits past this.
void HandoverStore::end_patience(base::WallTime now) {
  for (std::size_t i = 0; i < ops_.size(); ++i) {  // an answer may begin the next op
    if (now - ops_[i].arrived < options_.patience) break;
    if (ops_[i].reply) answer_locally(ops_[i]);
  }
  drop_answered();
}

core::Answer HandoverStore::complete(core::Answer answer, Tier tier, base::WallTime now) {
  if (handover_.certainty(tier, now) == core::Certainty::at_least) {
    answer.certainty = core::Certainty::at_least;
  }
  counts_->publish(shard_, shadow_.count(now));
  if (answer.certainty == core::Certainty::exact) {
    exact_ = {answer.online, now};
  } else {
    answer.online = std::max(answer.online, floor(now));
  }
  return answer;
}

// Whom an exact answer counted is counted for the span that statements allow a store to lag.
std::uint64_t HandoverStore::floor(base::WallTime now) {
  std::uint64_t least = 0;
  if (options_.handover.rules.floor) least = shadow_.count(now) + counts_->others(shard_);
  if (now - exact_.at < options_.handover.settle) least = std::max(least, exact_.online);
  return least;
}

// -- Listings --

void HandoverStore::is_live(std::vector<core::MemberId> members, ports::Reply<Sightings> reply) {
  ask(handover_.answers(), std::move(members), std::move(reply));
}

void HandoverStore::ask(Tier tier, std::vector<core::MemberId> members,
                        ports::Reply<Sightings> reply) {
  if (tier == Tier::local) {
    Sightings sightings(members.size());
    add_own(members, sightings);
    return reply(std::move(sightings));
  }
  const base::WallTime began = clock_.now();
  store(tier).is_live(members, [this, tier, began, members,
                                reply = std::move(reply)](base::Result<Sightings> found) {
    if (closed_) return;
    if (!found) {
      if (is_own_limit(found.error())) return reply(std::move(found).error());
      note_failure(tier, found.error(), began);
      return ask(next_after(tier), members, reply);
    }
    const bool is_exact = handover_.certainty(tier, clock_.now()) == core::Certainty::exact;
    if (!is_exact) add_own(members, found.value());
    reply(std::move(found));
  });
}

void HandoverStore::add_own(const std::vector<core::MemberId>& members,
                            Sightings& sightings) const {
  const base::WallTime now = clock_.now();
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto seen = shadow_.find(members[i].text(), now);
    if (seen && !sightings[i]) sightings[i] = ports::Sighting{*seen, now - *seen};
  }
}

// A cursor begins with the letter of the store that gave it.
void HandoverStore::list(std::string cursor, std::size_t limit,
                         ports::Reply<ports::MemberPage> reply) {
  constexpr std::string_view kLetters = "pfl";
  const Tier tier = handover_.answers();
  const char letter = kLetters[static_cast<std::size_t>(tier)];
  if (!cursor.empty() && cursor.front() != letter) {
    return reply(base::Error{base::Errc::invalid_argument, "invalid_cursor",
                             "the cursor is not one of the store that answers now: begin anew"});
  }
  const std::string own = cursor.empty() ? "" : cursor.substr(1);
  ports::Reply<ports::MemberPage> marked =
      [letter, reply = std::move(reply)](base::Result<ports::MemberPage> page) {
        if (page && !page.value().next.empty()) page.value().next.insert(0, 1, letter);
        reply(std::move(page));
      };
  if (tier == Tier::local) return list_own(own, limit, marked);
  const base::WallTime began = clock_.now();
  store(tier).list(
      own, limit,
      [this, tier, began, marked = std::move(marked)](base::Result<ports::MemberPage> page) {
        if (closed_) return;
        if (!page && !is_own_limit(page.error())) note_failure(tier, page.error(), began);
        marked(std::move(page));
      });
}

void HandoverStore::list_own(std::string_view cursor, std::size_t limit,
                             const ports::Reply<ports::MemberPage>& reply) const {
  core::Slot from = 0;
  const char* end = cursor.data() + cursor.size();
  const auto [stop, error] = std::from_chars(cursor.data(), end, from);
  if (!cursor.empty() && (error != std::errc() || stop != end)) {
    return reply(base::Error{base::Errc::invalid_argument, "invalid_cursor",
                             "the cursor is not one that this roster gave"});
  }
  const core::RosterPage found = shadow_.list(from, limit, clock_.now());
  ports::MemberPage page;
  for (const auto text : found.members)
    page.members.push_back(core::MemberId::parse(text).value());
  if (found.next != core::kNoSlot) page.next = std::to_string(found.next);
  reply(std::move(page));
}

// -- Resets --

void HandoverStore::reset(ports::Reply<base::Done> reply) {
  reset_from(handover_.answers(), std::move(reply));
}

void HandoverStore::reset_from(Tier tier, ports::Reply<base::Done> reply) {
  const base::WallTime began = clock_.now();
  const auto done = [this, began](Tier where) {
    forget_all(began);
    for (const Tier other : {Tier::primary, Tier::fallback}) {
      if (other != where) handover_.missed(other, began);
    }
  };
  if (tier == Tier::local) {
    done(tier);
    return reply(base::Done{});
  }
  store(tier).reset([this, tier, began, done, reply = std::move(reply)](base::Status status) {
    if (closed_) return;
    if (status) {
      done(tier);
      return reply(base::Done{});
    }
    note_failure(tier, status.error(), began);
    reset_from(next_after(tier), reply);
  });
}

void HandoverStore::forget_all(base::WallTime at) {
  exact_ = {};
  shadow_.reset_at(at);
  counts_->publish(shard_, shadow_.count(clock_.now()));
}

void HandoverStore::on_reset(base::Millis age) {
  forget_all(clock_.now() - age);
}

void HandoverStore::on_lost() {
  counters_.losses.add();
  handover_.lost(clock_.now());
  tell_changes();
}

// -- What is due --

void HandoverStore::tick() {
  const base::WallTime now = clock_.now();
  handover_.advance(now);
  shadow_.expire(now, [](std::string_view) {});
  counts_->publish(shard_, shadow_.count(now));
  end_patience(now);
  work(now);
  tell_changes();
  partitioned_ = handover_.answers() == Tier::local;
  state_ = handover_.state();
  shadow_members_ = shadow_.count(now);
}

void HandoverStore::work(base::WallTime now) {
  probe(Tier::primary, now);
  replay(Tier::primary, now);
  if (handover_.take_pulse(now)) count([](const base::Result<core::Answer>&) {});
  if (stores_.fallback == nullptr) return;
  probe(Tier::fallback, now);
  replay(Tier::fallback, now);
  look_at_board(now);
  if (const auto pass = handover_.take_pull(now)) {
    pull_->begin(pass->from_start, [this](const base::Status& status) {
      if (closed_) return;
      handover_.pulled(status.ok(), clock_.now());
      tell_changes();
    });
  }
}

void HandoverStore::probe(Tier tier, base::WallTime now) {
  if (!handover_.take_probe(tier, now)) return;
  store(tier).probe([this, tier](const base::Status& status) {
    if (closed_) return;
    handover_.probed(tier, status.ok(), clock_.now());
    tell_changes();
  });
}

void HandoverStore::replay(Tier tier, base::WallTime now) {
  Replay& replay = replay_into(tier);
  if (!handover_.wants_replay(tier)) replay.cancel();
  replay.tick();
  const auto since = handover_.take_replay(tier, now);
  if (!since) return;
  replay.begin(*since, [this, tier, since](const base::Status& status) {
    if (closed_) return;
    if (!status && handover_.wants_replay(tier)) note_failure(tier, status.error(), *since);
    handover_.replayed(tier, status.ok(), clock_.now());
    tell_changes();
  });
}

void HandoverStore::look_at_board(base::WallTime now) {
  const auto call = handover_.take_board(now);
  if (!call) return;
  stores_.board->exchange(options_.roster, options_.place, call->own,
                          [this, now](const base::Result<std::vector<core::OutageEntry>>& others) {
                            if (closed_) return;
                            if (others) {
                              handover_.heard(others.value(), clock_.now());
                            } else {
                              handover_.heard_nothing(clock_.now());
                              note_failure(Tier::fallback, others.error(), now);
                            }
                            tell_changes();
                          });
}

// Each change once.
void HandoverStore::tell_changes() {
  const auto& history = handover_.history();
  const std::uint64_t untold =
      handover_.changes() - std::exchange(told_changes_, handover_.changes());
  const std::size_t from = history.size() - std::min<std::size_t>(untold, history.size());
  for (std::size_t i = from; i < history.size(); ++i) on_change_(history[i]);
}

// Of what the fallback has: the part of this shard, and only what the shadow does not know.
bool HandoverStore::is_own(const core::Change& change) const {
  if (hash_(change.member.text()) % counts_->size() != shard_) return false;
  const base::WallTime now = clock_.now();
  const auto seen = shadow_.find(change.member.text(), now);
  return change.leave || !seen || *seen < now - change.age;
}

}  // namespace rollcall::service

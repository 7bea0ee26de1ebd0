#include "service/handover_store.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::service {

using core::Tier;

namespace {

core::StoreFailure failure_of(const base::Error& error) {
  const bool is_late = error.kind == base::Errc::timeout;
  return is_late ? core::StoreFailure::late : core::StoreFailure::broken;
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
      [this](const core::Change& change) { return is_news(change); },
      [this](base::Millis age) { was_reset(age); });
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
  begin(Op::Kind::touch, std::move(member), age, std::move(reply));
}

void HandoverStore::leave(core::MemberId member, ports::Reply<core::Answer> reply) {
  begin(Op::Kind::leave, std::move(member), base::Millis(0), std::move(reply));
}

void HandoverStore::count(ports::Reply<core::Answer> reply) {
  begin(Op::Kind::count, std::nullopt, base::Millis(0), std::move(reply));
}

void HandoverStore::begin(Op::Kind kind, std::optional<core::MemberId> member, base::Millis age,
                          ports::Reply<core::Answer> reply) {
  const OpId id = first_op_ + static_cast<OpId>(ops_.size());
  const base::WallTime now = clock_.now();
  Op& op = ops_.emplace_back();
  op.kind = kind;
  if (member) op.member.assign(member->text());
  op.arrived = now;
  op.began = now - age;
  op.reply = std::move(reply);
  const Tier answering = handover_.answers();
  for (const Tier tier : {Tier::primary, Tier::fallback}) {
    if (tier != answering && handover_.writes(tier)) send_besides(id, tier, now);
  }
  send(id, answering, now, std::move(member));
}

HandoverStore::Op* HandoverStore::find(OpId id) {
  const OpId place = id - first_op_;
  if (place >= ops_.size() || !ops_[place].reply) return nullptr;
  return &ops_[place];
}

// What is captured fits into a std::function without an allocation.
void HandoverStore::send(OpId id, Tier tier, base::WallTime now,
                         std::optional<core::MemberId> member) {
  Op& op = *find(id);
  if (tier == Tier::local) {
    answer_locally(op, now);
    return drop_answered();
  }
  op.is_in(tier) = true;
  const auto replied = [this, id, tier](base::Result<core::Answer> answer) {
    this->replied(id, tier, std::move(answer));
  };
  if (!op.is_change()) return store(tier).count(replied);
  if (!member) member = op.member_id();
  store(tier).change({*std::move(member), op.kind == Op::Kind::leave, now - op.began}, replied);
}

// Nobody waits for this one: when it fails, a replay makes it good.
void HandoverStore::send_besides(OpId id, Tier tier, base::WallTime now) {
  Op& op = *find(id);
  if (!op.is_change()) return;
  op.is_in(tier) = true;
  const base::WallTime began = op.began;
  // Never as a fresh one: it may come after what follows it elsewhere.
  const base::Millis age = std::max(now - began, base::Millis(1));
  store(tier).change({op.member_id(), op.kind == Op::Kind::leave, age},
                     [this, id, tier, began](const base::Result<core::Answer>& answer) {
                       if (closed_) return;
                       if (answer) return handover_.succeeded(tier, clock_.now());
                       if (Op* unanswered = find(id)) unanswered->is_in(tier) = false;
                       note_failure(tier, answer.error(), began);
                     });
}

void HandoverStore::replied(OpId id, Tier tier, base::Result<core::Answer> answer) {
  if (closed_) return;
  Op* op = find(id);
  const base::WallTime now = clock_.now();
  if (answer) {
    handover_.succeeded(tier, now);
    if (op != nullptr) acknowledge(*op, tier, answer.value(), now);
    return drop_answered();
  }
  note_failure(tier, answer.error(), op != nullptr ? op->began : now);
  if (op == nullptr) return;
  op->is_in(tier) = false;
  if (is_refusal(answer.error())) {
    std::exchange(op->reply, nullptr)(std::move(answer).error());
    return drop_answered();
  }
  counters_.retried.add();
  send(id, next_after(tier), now);
}

Tier HandoverStore::next_after(Tier failed) const {
  if (failed == Tier::primary) {
    return handover_.is_up(Tier::fallback) ? Tier::fallback : Tier::local;
  }
  const Tier answering = handover_.answers();  // the primary, when it was being filled
  return answering == failed ? Tier::local : answering;
}

// A change that met a limit of ours is not in the store, yet the store is well.
void HandoverStore::note_failure(Tier tier, const base::Error& error, base::WallTime since) {
  if (is_refusal(error)) return handover_.missed(tier, since);
  handover_.failed(tier, failure_of(error), error.message, since, clock_.now());
  partitioned_ = handover_.answers() == Tier::local;
  tell_changes();
}

void HandoverStore::acknowledge(Op& op, Tier tier, core::Answer answer, base::WallTime now) {
  if (op.is_change()) {
    if (op.kind == Op::Kind::leave) {
      if (exact_.online > 0 && shadow_.find(op.member.view(), now)) --exact_.online;
      shadow_.leave(op.member.view(), op.began, now);
    } else if (auto kept = shadow_.touch(op.member.view(), date_of(op, now), now); !kept) {
      return std::exchange(op.reply, nullptr)(std::move(kept).error());
    }
    if (!op.in_primary || tier == Tier::local) handover_.missed(Tier::primary, op.began);
    if (to_fallback_ && (!op.in_fallback || tier == Tier::local)) {
      handover_.missed(Tier::fallback, op.began);
    }
  }
  std::exchange(op.reply, nullptr)(complete(answer, tier, now));
}

// A store that was reset meanwhile, and has told so, took the touch after that.
base::WallTime HandoverStore::date_of(const Op& op, base::WallTime now) const {
  const bool is_fresh = op.began == op.arrived;
  return is_fresh && shadow_.last_reset() >= op.began ? now : op.began;
}

void HandoverStore::answer_locally(Op& op, base::WallTime now) {
  if (op.is_change()) counters_.local.add();
  acknowledge(op, Tier::local, {0, core::Source::local, core::Certainty::at_least}, now);
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
    if (ops_[i].reply) answer_locally(ops_[i], now);
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

void HandoverStore::on_lost() {
  counters_.losses.add();
  handover_.lost(clock_.now());
  tell_changes();
}

void HandoverStore::tick() {
  const base::WallTime now = clock_.now();
  handover_.advance(now);
  shadow_.expire(now, [](std::string_view) {});
  counts_->publish(shard_, shadow_.count(now));
  end_patience(now);
  work(now);
  tell_changes();
  partitioned_ = handover_.answers() == Tier::local;
  shadow_members_ = shadow_.count(now);
}

}  // namespace rollcall::service

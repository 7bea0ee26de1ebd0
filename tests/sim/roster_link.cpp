#include "sim/roster_link.hpp"

#include <algorithm>
#include <type_traits>

namespace rollcall::sim {
namespace {

base::Error no_answer() {
  return {base::Errc::timeout, "sim_timeout", "no answer in time"};
}

base::Error unavailable(const char* why) {
  return {base::Errc::unavailable, "sim_unavailable", why};
}

}  // namespace

template <typename T>
struct RosterLink::Call {
  Access access = Access::reads;
  std::function<T()> run;
  ports::Reply<T> reply;
  base::WallTime sent;
  std::pair<int, int> connection;
  base::WallTime not_after;  // by the server's clock
  bool answered = false;
  bool is_second = false;
};

RosterLink::RosterLink(Options options, Schedule& schedule, RosterServer& server)
    : options_(options), schedule_(schedule), server_(server), last_arrival_(schedule.now()) {}

base::Millis RosterLink::timeout() const {
  return base::Millis(server_.kind() == ServerKind::redis ? 150 : 650);
}

bool RosterLink::works() const {
  const bool is_well = fault_ == LinkFault::none || fault_ == LinkFault::crowded;
  return is_well && server_.state() == ServerState::up;
}

void RosterLink::set_fault(LinkFault fault) {
  if (fault == LinkFault::cut) ++connection_;
  fault_ = fault;
  if (fault == LinkFault::hung) return;
  const auto held = std::move(held_);
  held_.clear();
  if (fault == LinkFault::cut) return;
  for (const auto& request : held) request();
}

void RosterLink::abandon() {
  abandoned_ = true;
  ears_ = nullptr;
}

template <typename T>
void RosterLink::call(Access access, std::function<T()> run, ports::Reply<T> reply) {
  if (fault_ == LinkFault::cut) return reply(unavailable("cut off"));
  if (fault_ == LinkFault::flaky && std::exchange(refuses_next_, !refuses_next_)) {
    return reply(unavailable("refused now and then"));
  }
  auto call = std::make_shared<Call<T>>();
  call->access = access;
  call->run = std::move(run);
  call->reply = std::move(reply);
  send(std::move(call));
}

template <typename T>
void RosterLink::send(std::shared_ptr<Call<T>> call) {
  call->sent = schedule_.now();
  call->connection = connection();
  call->not_after = ahead_ ? call->sent + *ahead_ + timeout() : base::WallTime{};
  schedule_.after(timeout(), [this, call, sent = call->sent] {
    if (call->sent == sent) conclude(call, base::Result<T>(no_answer()), {});
  });
  const bool is_slow = fault_ == LinkFault::slow;
  const base::WallTime due = call->sent + (is_slow ? timeout() * 6 / 10 : options_.latency);
  last_arrival_ = std::max(last_arrival_, due);
  schedule_.after(last_arrival_ - call->sent, [this, call] { arrive(call); });
}

template <typename T>
void RosterLink::arrive(std::shared_ptr<Call<T>> call) {
  if (fault_ == LinkFault::lossy) return;
  if (fault_ == LinkFault::hung) {
    held_.push_back([this, call] { arrive(call); });
  } else if (server_.state() == ServerState::hung && call->connection == connection()) {
    server_.run_when_up([this, call] { run(call); });
  } else {
    run(call);
  }
}

template <typename T>
void RosterLink::run(std::shared_ptr<Call<T>> call) {
  const ServerState state = server_.state();
  base::Result<T> result = unavailable("refused");
  Facts facts;
  if (state == ServerState::down || call->connection != connection()) {
    result = unavailable("the link is down");
  } else if (state == ServerState::refusing ||
             (state == ServerState::read_only && call->access == Access::writes)) {
    facts.now = server_.now();
  } else if (options_.rules.deadlines && call->access == Access::writes &&
             server_.now() > call->not_after) {
    facts.late = true;
    facts.now = server_.now();
    result = no_answer();
  } else {
    called_ = options_.rules.dates ? call->not_after - timeout() : server_.now();
    result = call->run();
    facts = {server_.now(), server_.run(), server_.epoch(), server_.reset_at(), false, counted_};
  }
  const bool is_slow = fault_ == LinkFault::slow;
  const base::Millis wait = is_slow ? timeout() * 6 / 10 : options_.latency;
  schedule_.after(wait, [this, call, result = std::move(result), facts] {
    if (call->connection == connection()) return conclude(call, result, facts);
    conclude(call, base::Result<T>(unavailable("the link broke")), {});
  });
}

template <typename T>
void RosterLink::conclude(std::shared_ptr<Call<T>> call, base::Result<T> result, Facts facts) {
  if (call->answered || abandoned_) return;
  if (facts.late) {
    ahead_ = facts.now - schedule_.now();
    if (!call->is_second) {
      call->is_second = true;
      return send(std::move(call));
    }
  }
  call->answered = true;
  if (result) {
    learn(facts);
    if constexpr (std::is_same_v<T, core::Answer>) answered_ = facts.counted;
  }
  call->reply(std::move(result));
}

void RosterLink::learn(const Facts& facts) {
  ahead_ = facts.now - schedule_.now();
  const std::optional<Facts> before = std::exchange(known_, facts);
  if (!before || ears_ == nullptr) return;
  const bool is_gone = before->epoch != 0 && facts.epoch != before->epoch;
  if (server_.kind() == ServerKind::redis && (is_gone || facts.run != before->run)) {
    ears_->on_lost();
  }
  if (facts.reset_at > before->reset_at) ears_->on_reset(facts.now - facts.reset_at);
}

core::Answer RosterLink::answer() {
  const bool is_redis = server_.kind() == ServerKind::redis;
  if (is_redis || !counted_at_ || schedule_.now() - *counted_at_ >= kRecount) {
    counted_ = server_.live();
    counted_at_ = schedule_.now();
  }
  return {counted_.count(), is_redis ? core::Source::redis : core::Source::postgres,
          is_redis && server_.is_merging() ? core::Certainty::at_least : core::Certainty::exact};
}

void RosterLink::touch(core::MemberId member, base::Millis age, ports::Reply<core::Answer> reply) {
  change({std::move(member), false, age}, std::move(reply));
}

void RosterLink::leave(core::MemberId member, ports::Reply<core::Answer> reply) {
  change({std::move(member), true, base::Millis(0)}, std::move(reply));
}

void RosterLink::change(core::Change change, ports::Reply<core::Answer> reply) {
  call<core::Answer>(
      Access::writes,
      [this, change = std::move(change)] {
        server_.change(change, called_);
        counted_[number_of(change.member)] = server_.live()[number_of(change.member)];
        return answer();
      },
      std::move(reply));
}

void RosterLink::count(ports::Reply<core::Answer> reply) {
  call<core::Answer>(Access::reads, [this] { return answer(); }, std::move(reply));
}

void RosterLink::merge(ports::Merge merge, ports::Reply<base::Done> reply) {
  if (fault_ == LinkFault::crowded) {
    return reply(base::Error{base::Errc::overloaded, "sim_crowded", "no place for merges"});
  }
  call<base::Done>(
      Access::writes,
      [this, merge = std::move(merge)] {
        server_.merge(merge, called_);
        for (const core::Change& change : merge.changes) {
          counted_[number_of(change.member)] = server_.live()[number_of(change.member)];
        }
        return base::Done{};
      },
      std::move(reply));
}

void RosterLink::probe(ports::Reply<base::Done> reply) {
  call<base::Done>(Access::writes, [] { return base::Done{}; }, std::move(reply));
}

void RosterLink::changes(std::string mark, std::string cursor,
                         ports::Reply<ports::ChangesPage> reply) {
  call<ports::ChangesPage>(
      Access::reads, [this, mark, cursor] { return server_.changes(mark, cursor); },
      std::move(reply));
}

void RosterLink::reset(ports::Reply<base::Done> reply) {
  call<base::Done>(
      Access::writes,
      [this] {
        server_.reset();
        counted_.reset();
        return base::Done{};
      },
      std::move(reply));
}

void RosterLink::is_live(std::vector<core::MemberId>,
                         ports::Reply<std::vector<std::optional<ports::Sighting>>> reply) {
  reply(unavailable("not simulated"));
}

void RosterLink::list(std::string, std::size_t, ports::Reply<ports::MemberPage> reply) {
  reply(unavailable("not simulated"));
}

void RosterLink::exchange(const std::string&, const std::string& place,
                          std::optional<core::OutageEntry> own,
                          ports::Reply<std::vector<core::OutageEntry>> reply) {
  call<std::vector<core::OutageEntry>>(
      own ? Access::writes : Access::reads,
      [this, place, own] { return server_.exchange(place, own); }, std::move(reply));
}

}  // namespace rollcall::sim

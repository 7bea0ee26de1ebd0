#include "adapters/redis/roster_store.hpp"

#include "adapters/redis/cursor.hpp"

#include <iterator>
#include <random>
#include <utility>

#include <boost/asio/post.hpp>
#include <embedded/rollcall_redis.hpp>

namespace rollcall::redis {

using std::chrono::steady_clock;

namespace {

// A trim that found more than it may remove is followed by the next one so much sooner.
constexpr int kTrimHurry = 10;

std::string random_id() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::random_device random;
  std::string id;
  while (id.size() < ListCursor::kListingBytes) id += kDigits[random() & 15U];
  return id;
}

base::Error queue_full() {
  return {base::Errc::overloaded, "queue_full", "too many changes wait for Redis"};
}

core::Answer answer_of(const CommitReply& reply) {
  return {reply.online, core::Source::redis,
          reply.merging ? core::Certainty::at_least : core::Certainty::exact};
}

base::Millis since(steady_clock::time_point start) {
  return std::chrono::floor<base::Millis>(steady_clock::now() - start);
}

// The latest fresh touch among them; empty: there is none.
std::string fresh_touch(const std::vector<core::Change>& changes) {
  for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
    if (!change->leave && change->age == kFresh) return change->member.text();
  }
  return {};
}

}  // namespace

struct RedisRosterStore::Merging {
  ports::Merge merge;
  ports::Reply<base::Done> reply;
  SteadyTime begun;
};

// Wraps a callback, so that it does nothing once the store is gone.
template <typename Task>
auto RedisRosterStore::while_alive(Task task) {
  return [alive = std::weak_ptr<char>(alive_), task = std::move(task)](auto&&... arguments) {
    if (!alive.expired()) task(std::forward<decltype(arguments)>(arguments)...);
  };
}

RedisRosterStore::RedisRosterStore(RedisRosterOptions options, Link& link,
                                   boost::asio::io_context& context, const base::Logger& logger)
    : options_(std::move(options)),
      keys_(options_.layout.key),
      link_(link),
      context_(context),
      logger_(logger),
      commit_(scripts::commit_lua()),
      sightings_(scripts::sightings_lua()),
      list_(scripts::list_lua()),
      reset_(scripts::reset_lua()),
      trim_(scripts::trim_lua()),
      probe_(scripts::probe_lua()),
      timed_(link),
      commits_(options_.batch_members, options_.queued_changes),
      born_(steady_clock::now()),
      next_epoch_(random_id()),
      trim_timer_(context) {
  watch_link();
  trim_after(options_.trim_every);
}

void RedisRosterStore::touch(core::MemberId member, base::Millis age, Waiter reply) {
  change({std::move(member), false, age}, std::move(reply));
}

void RedisRosterStore::leave(core::MemberId member, Waiter reply) {
  change({std::move(member), true, base::Millis(0)}, std::move(reply));
}

void RedisRosterStore::change(core::Change change, Waiter waiter) {
  if (commits_.waiting() >= options_.queued_changes) return waiter(queue_full());
  counters_.changes.add();
  change.age = change.age <= base::Millis(0) ? kFresh : change.age - since(born_);
  [[maybe_unused]] const bool added = commits_.add(std::move(change), std::move(waiter));
  flush_soon();
}

void RedisRosterStore::count(Waiter reply) {
  if (counting_.size() >= options_.queued_changes) return reply(queue_full());
  counting_.push_back(std::move(reply));
  flush_soon();
}

// At the end of the turn, so that what the turn brings leaves together.
void RedisRosterStore::flush_soon() {
  if (flush_posted_ || in_flight_) return;
  flush_posted_ = true;
  boost::asio::post(context_, while_alive([this] {
                      flush_posted_ = false;
                      flush();
                    }));
}

void RedisRosterStore::flush() {
  auto batch = commits_.next();
  if (!batch && counting_.empty()) return;
  in_flight_ = true;
  auto changes = std::make_shared<std::vector<core::Change>>();
  if (batch) {
    *changes = std::move(batch->changes);
    committing_ = std::move(batch->waiters);
    counters_.batch_size.observe(static_cast<double>(changes->size()));
  }
  std::move(counting_.begin(), counting_.end(), std::back_inserter(committing_));
  counting_.clear();
  timed_.call(
      commit_,
      [this, changes](const WriteWindow& window) {
        return commit_arguments(options_.layout, keys_, commit_call(window, born_), *changes);
      },
      [this, touched = fresh_touch(*changes)](const base::Result<CommitReply>& reply) {
        committed(touched, reply);
      });
}

CommitCall RedisRosterStore::commit_call(const WriteWindow& window, SteadyTime ages_as_of) const {
  return {next_epoch_, window, watch_.witness(), since(ages_as_of), false, false, std::nullopt};
}

void RedisRosterStore::committed(const std::string& touched,
                                 const base::Result<CommitReply>& reply) {
  in_flight_ = false;
  commits_.finished();
  const std::vector<Waiter> waiters = std::exchange(committing_, {});
  if (commits_.waiting() > 0 || !counting_.empty()) flush_soon();
  if (reply) {
    note(reply.value(), false);
    if (!touched.empty()) watch_.touched(touched, reply.value());
  }
  for (const Waiter& waiter : waiters) {
    if (reply) {
      waiter(answer_of(reply.value()));
    } else {
      waiter(reply.error());
    }
  }
}

void RedisRosterStore::merge(ports::Merge merge, ports::Reply<base::Done> reply) {
  if (merge.changes.size() > kMostMerged) {
    return reply(base::Error{base::Errc::invalid_argument, "merge_too_large",
                             "too many changes for one merge"});
  }
  send_merge(std::make_shared<const Merging>(
      Merging{std::move(merge), std::move(reply), steady_clock::now()}));
}

void RedisRosterStore::send_merge(const std::shared_ptr<const Merging>& merging) {
  timed_.call(
      commit_,
      [this, merging](const WriteWindow& window) {
        CommitCall call = commit_call(window, merging->begun);
        call.merge = true;
        call.fills = merging->merge.is_filling;
        call.reset_age = merging->merge.reset_age;
        return commit_arguments(options_.layout, keys_, call, merging->merge.changes);
      },
      [this, merging](const base::Result<CommitReply>& reply) {
        if (!reply) return merging->reply(reply.error());
        note(reply.value(), false);
        if (reply.value().more) return send_merge(merging);
        merging->reply(base::Done{});
      });
}

void RedisRosterStore::probe(ports::Reply<base::Done> reply) {
  probe_.call(link_, probe_arguments(keys_, ++probes_),
              while_alive([reply = std::move(reply)](base::Result<RespValue> got) {
                reply(got ? parse_probe(got.value()) : std::move(got).error());
              }));
}

void RedisRosterStore::changes(std::string /*mark*/, std::string /*cursor*/,
                               ports::Reply<ports::ChangesPage> reply) {
  reply(ports::ChangesPage{});
}

void RedisRosterStore::watch_link() {
  if (link_.is_up()) watch_.met(link_.server().run_id);
  link_.watch(while_alive([this](bool up, std::string_view) {
    if (!up) return;
    timed_.forget_clock();
    if (watch_.met(link_.server().run_id)) note_loss();
  }));
}

void RedisRosterStore::note(const CommitReply& reply, bool own_reset) {
  if (reply.epoch == next_epoch_) next_epoch_ = random_id();
  const RosterWatch::News news = watch_.heard(reply);
  if (news.lost) note_loss();
  const bool matters = news.reset_age && *news.reset_age <= options_.layout.ttl;
  if (matters && !own_reset && ears_ != nullptr) ears_->on_reset(*news.reset_age);
}

void RedisRosterStore::note_loss() {
  counters_.data_losses.add();
  logger_.warn("redis lost the data of a roster: the nodes fill it again from what they know",
               {{"key", keys_.roster}});
  if (ears_ != nullptr) ears_->on_lost();
}

void RedisRosterStore::is_live(std::vector<core::MemberId> members,
                               ports::Reply<std::vector<std::optional<ports::Sighting>>> reply) {
  const std::size_t asked = members.size();
  sightings_.call(
      link_, sightings_arguments(keys_, members),
      while_alive([this, asked, reply = std::move(reply)](base::Result<RespValue> got) {
        if (!got) return reply(std::move(got).error());
        reply(parse_sightings(options_.layout, got.value(), asked));
      }));
}

void RedisRosterStore::list(std::string cursor, std::size_t limit,
                            ports::Reply<ports::MemberPage> reply) {
  ListCursor from{random_id(), 0, "", ""};
  if (!cursor.empty()) {
    auto decoded = decode_cursor(cursor);
    if (!decoded) return reply(std::move(decoded).error());
    from = std::move(decoded).value();
  }
  const Command arguments = list_arguments(options_.layout, keys_, from, limit);
  list_.call(link_, arguments,
             while_alive([from, reply = std::move(reply)](base::Result<RespValue> got) {
               if (!got) return reply(std::move(got).error());
               auto page = parse_list(got.value(), from);
               if (!page) return reply(std::move(page).error());
               const auto& next = page.value().next;
               std::string further = next ? encode_cursor(*next) : "";
               reply(ports::MemberPage{std::move(page.value().members), std::move(further)});
             }));
}

void RedisRosterStore::reset(ports::Reply<base::Done> reply) {
  timed_.call(
      reset_,
      [this](const WriteWindow& window) {
        return reset_arguments(options_.layout, keys_, next_epoch_, window);
      },
      [this, reply = std::move(reply)](const base::Result<CommitReply>& got) {
        if (!got) return reply(got.error());
        note(got.value(), true);
        reply(base::Done{});
      });
}

void RedisRosterStore::trim_after(base::Millis wait) {
  trim_timer_.expires_after(wait);
  trim_timer_.async_wait(while_alive([this](const boost::system::error_code& error) {
    if (!error) trim();
  }));
}

void RedisRosterStore::trim() {
  if (!link_.is_up()) return trim_after(options_.trim_every);
  const Command arguments = trim_arguments(options_.layout, keys_, options_.trim_members);
  trim_.call(link_, arguments, while_alive([this](base::Result<RespValue> reply) {
               const auto removed = reply.ok() ? parse_trim(reply.value()) : reply.error();
               const std::uint64_t count = removed ? removed.value() : 0;
               counters_.trimmed.add(count);
               const bool more = count > 0 && count >= options_.trim_members;
               trim_after(more ? options_.trim_every / kTrimHurry : options_.trim_every);
             }));
}

}  // namespace rollcall::redis

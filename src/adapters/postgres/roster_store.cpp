#include "adapters/postgres/roster_store.hpp"

#include "adapters/postgres/cursor.hpp"
#include "adapters/postgres/errors.hpp"
#include "adapters/postgres/members_table.hpp"
#include "adapters/postgres/parts.hpp"
#include "adapters/postgres/sessions_table.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

namespace rollcall::postgres {

using std::chrono::steady_clock;

namespace {

using Sightings = std::vector<std::optional<ports::Sighting>>;

base::Error queue_full() {
  return {base::Errc::overloaded, "queue_full", "too many changes wait to be written"};
}

base::Error store_closed() {
  return unavailable("the store is closed");
}

Sightings sightings_of(const std::vector<core::MemberId>& members, const Rows& rows) {
  boost::unordered_flat_map<std::string_view, ports::Sighting> found;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    found[rows.text(row, 0)] = {base::WallTime(base::Millis(rows.integer(row, 1))),
                                base::Millis(rows.integer(row, 2))};
  }
  Sightings sightings;
  for (const core::MemberId& member : members) {
    const auto place = found.find(std::string_view(member.text()));
    sightings.push_back(place == found.end() ? std::nullopt : std::optional(place->second));
  }
  return sightings;
}

// `rows` holds one member more than the page when the listing goes on.
ports::MemberPage page_of(const std::string& roster, std::size_t limit, const Rows& rows) {
  ports::MemberPage page;
  const std::size_t size = std::min(limit, rows.size());
  for (std::size_t row = 0; row < size; ++row) {
    auto member = core::MemberId::parse(rows.text(row, 0));
    if (member.ok()) page.members.push_back(std::move(member).value());
  }
  if (rows.size() > limit) page.next = cursor_after(roster, rows.text(size - 1, 0));
  return page;
}

std::unique_ptr<const RosterTable> table_of(const PostgresRosterOptions& options) {
  RosterName roster{options.name, options.ttl};
  if (options.sessions_table.empty()) return std::make_unique<MembersTable>(std::move(roster));
  return std::make_unique<SessionsTable>(std::move(roster), options.sessions_table);
}

}  // namespace

PostgresRosterStore::PostgresRosterStore(PostgresRosterOptions options, Link& link,
                                         boost::asio::io_context& context,
                                         const base::Logger& logger)
    : options_(std::move(options)),
      table_(table_of(options_)),
      link_(link),
      context_(context),
      logger_(logger),
      commit_(options_.batch_members, options_.queued_changes) {}

PostgresRosterStore::~PostgresRosterStore() {
  alive_.reset();
  commit_.finished();
  while (auto batch = commit_.next()) {
    for (const auto& reply : batch->waiters) reply(store_closed());
    commit_.finished();
  }
  for (const auto& reply : count_waiters_) reply(store_closed());
}

void PostgresRosterStore::touch(core::MemberId member, base::Millis age,
                                ports::Reply<core::Answer> reply) {
  change({std::move(member), false, age}, std::move(reply));
}

void PostgresRosterStore::leave(core::MemberId member, ports::Reply<core::Answer> reply) {
  change({std::move(member), true}, std::move(reply));
}

void PostgresRosterStore::change(core::Change change, ports::Reply<core::Answer> reply) {
  if (!commit_.add(std::move(change), reply)) return reply(queue_full());
  flush_soon();
}

void PostgresRosterStore::flush_soon() {
  if (std::exchange(flush_posted_, true)) return;
  boost::asio::post(context_, [this, alive = std::weak_ptr<char>(alive_)] {
    if (alive.expired()) return;
    flush_posted_ = false;
    flush();
  });
}

void PostgresRosterStore::flush() {
  auto batch = commit_.next();
  if (!batch) return;
  // First: the link answers in order, so that the batch's own answers have the new count.
  if (count_is_due()) start_count();
  send_changes(batch->changes, Origin::fresh,
               [this, alive = std::weak_ptr<char>(alive_),
                waiters = std::move(batch->waiters)](const base::Status& status) {
                 if (alive.expired()) {
                   for (const auto& reply : waiters) reply(store_closed());
                   return;
                 }
                 commit_.finished();
                 if (commit_.waiting() > 0) flush_soon();
                 watch_health(status);
                 const auto answer = answer_after(status);
                 for (const auto& reply : waiters) reply(answer);
               });
}

void PostgresRosterStore::send_changes(const std::vector<core::Change>& changes, Origin origin,
                                       ports::Reply<base::Done> done) {
  std::vector<Query> queries = table_->apply(changes, origin, tally_.counted_at_us());
  const auto parts = std::make_shared<Parts>(queries.size(), std::move(done));
  for (Query& query : queries) {
    link_.send(std::move(query),
               [this, parts, alive = std::weak_ptr<char>(alive_)](const base::Result<Rows>& rows) {
                 if (rows.ok() && !alive.expired()) note_standings(rows.value());
                 parts->ended(status_of(rows));
               });
  }
}

void PostgresRosterStore::note_standings(const Rows& rows) {
  using Columns = AppliedColumns;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (rows.is_null(row, Columns::kMember)) continue;
    tally_.note({rows.text(row, Columns::kMember), rows.flag(row, Columns::kLive),
                 rows.flag(row, Columns::kWasLive), rows.integer(row, Columns::kLiveSince)});
  }
}

base::Result<core::Answer> PostgresRosterStore::answer_after(const base::Status& status) const {
  if (!status.ok()) return status.error();
  if (!tally_.known()) return unavailable("the members could not be counted");
  return core::Answer{tally_.online(), core::Source::postgres, core::Certainty::exact};
}

void PostgresRosterStore::count(ports::Reply<core::Answer> reply) {
  if (!count_is_due() && !counting_) {
    return reply(core::Answer{tally_.online(), core::Source::postgres, core::Certainty::exact});
  }
  if (count_waiters_.size() >= options_.queued_changes) return reply(queue_full());
  count_waiters_.push_back(std::move(reply));
  if (!counting_) start_count();
}

bool PostgresRosterStore::count_is_due() const {
  if (counting_) return false;
  return !tally_.known() || count_is_stale_ ||
         steady_clock::now() - counted_at_ >= options_.count_every;
}

void PostgresRosterStore::start_count() {
  counting_ = true;
  count_is_stale_ = false;
  counted_at_ = steady_clock::now();
  link_.send(table_->count(),
             [this, alive = std::weak_ptr<char>(alive_)](const base::Result<Rows>& rows) {
               if (!alive.expired()) take_count(rows);
             });
}

void PostgresRosterStore::take_count(const base::Result<Rows>& rows) {
  counting_ = false;
  if (rows.ok()) {
    using Columns = CountColumns;
    const Rows& row = rows.value();
    tally_.counted(static_cast<std::uint64_t>(row.integer(0, Columns::kOnline)),
                   row.integer(0, Columns::kMoment));
    const bool is_news = row.integer(0, Columns::kResetAt) > reset_at_us_;
    note_reset(row.integer(0, Columns::kResetAt));
    if (is_news && ears_ != nullptr)
      ears_->on_reset(base::Millis(row.integer(0, Columns::kResetAge)));
  } else {
    tally_.forget();
  }
  const auto answer = answer_after(status_of(rows));
  for (const auto& reply : std::exchange(count_waiters_, {})) reply(answer);
}

void PostgresRosterStore::is_live(std::vector<core::MemberId> members,
                                  ports::Reply<Sightings> reply) {
  if (members.empty()) return reply(Sightings());
  Query query = table_->find(members);
  link_.send(std::move(query), [members = std::move(members),
                                reply = std::move(reply)](const base::Result<Rows>& rows) {
    if (!rows.ok()) return reply(rows.error());
    reply(sightings_of(members, rows.value()));
  });
}

void PostgresRosterStore::list(std::string cursor, std::size_t limit,
                               ports::Reply<ports::MemberPage> reply) {
  const auto after =
      cursor.empty() ? base::Result<std::string>("") : member_of_cursor(options_.name, cursor);
  if (!after.ok()) return reply(after.error());
  const std::size_t size = std::max<std::size_t>(limit, 1);
  link_.send(
      table_->list(after.value(), size + 1),
      [name = options_.name, size, reply = std::move(reply)](const base::Result<Rows>& rows) {
        if (!rows.ok()) return reply(rows.error());
        reply(page_of(name, size, rows.value()));
      });
}

void PostgresRosterStore::reset(ports::Reply<base::Done> reply) {
  link_.send(table_->reset(), [this, alive = std::weak_ptr<char>(alive_),
                               reply = std::move(reply)](const base::Result<Rows>& rows) {
    if (!rows.ok()) return reply(rows.error());
    if (!alive.expired()) {
      tally_.counted(0, rows.value().integer(0, ResetColumns::kMoment));
      note_reset(rows.value().integer(0, ResetColumns::kResetAt));
    }
    reply(base::Done{});
  });
}

void PostgresRosterStore::note_reset(std::int64_t reset_at_us) {
  reset_at_us_ = std::max(reset_at_us_, reset_at_us);
}

// One line a change: a link may be up while its statements fail, for want of a table say.
void PostgresRosterStore::watch_health(const base::Status& status) {
  if (status.ok() == healthy_) return;
  healthy_ = status.ok();
  if (healthy_) {
    logger_.info("roster is written again", {{"roster", options_.name}});
  } else {
    logger_.warn("roster is not written",
                 {{"roster", options_.name}, {"reason", status.error().message}});
  }
}

}  // namespace rollcall::postgres

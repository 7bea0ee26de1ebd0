#include "adapters/postgres/outage_board.hpp"

#include "adapters/postgres/parameters.hpp"

#include <cstddef>

namespace rollcall::postgres {
namespace {

// $1 roster, $2 place. A dated statement's first columns are there in all three.
#define ROLLCALL_CLOCK(until)                         \
  "WITH clock AS MATERIALIZED ("                      \
  "  SELECT now, now > 'epoch'::timestamptz + " until \
  " * interval '1 microsecond' "                      \
  "AS late FROM clock_timestamp() AS now)"
#define ROLLCALL_OTHERS                                                          \
  " SELECT (extract(epoch FROM now) * 1000000)::int8, late, place, away, seeded" \
  " FROM clock LEFT JOIN rollcall_outages"                                       \
  " ON roster = $1 AND place <> $2 AND until >= now"

constexpr const char* kPut = ROLLCALL_CLOCK("$7") R"sql(,
written AS (
  INSERT INTO rollcall_outages AS o (roster, place, away, seeded, until)
  SELECT $1, $2, $3, $4, now + $5 * interval '1 millisecond' FROM clock WHERE NOT late
  ON CONFLICT (roster, place) DO UPDATE SET
    away = EXCLUDED.away, seeded = EXCLUDED.seeded, until = EXCLUDED.until
  RETURNING $6))sql" ROLLCALL_OTHERS;

constexpr const char* kTakeOff = ROLLCALL_CLOCK("$4") R"sql(,
gone AS (
  DELETE FROM rollcall_outages
  WHERE roster = $1 AND place = $2 AND (SELECT NOT late FROM clock)
  RETURNING $3))sql" ROLLCALL_OTHERS;

constexpr const char* kRead =
    "WITH clock AS MATERIALIZED (SELECT now, false AS late FROM clock_timestamp() AS "
    "now)" ROLLCALL_OTHERS;

#undef ROLLCALL_OTHERS
#undef ROLLCALL_CLOCK

constexpr int kPlace = 2;
constexpr int kAway = 3;
constexpr int kSeeded = 4;

std::vector<core::OutageEntry> entries_of(const Rows& rows) {
  std::vector<core::OutageEntry> entries;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (rows.is_null(row, kPlace)) continue;
    entries.push_back({rows.flag(row, kAway), rows.flag(row, kSeeded)});
  }
  return entries;
}

}  // namespace

void PostgresOutageBoard::exchange(const std::string& roster, const std::string& place,
                                   std::optional<core::OutageEntry> own,
                                   ports::Reply<std::vector<core::OutageEntry>> reply) {
  Key key{roster, place};
  Query query{kRead, {text(roster), text(place)}};
  if (own) {
    put_->insert(key);
    query = {kPut,
             {text(roster), text(place), boolean(own->away), boolean(own->seeded),
              int8(kLease.count())},
             true};
  } else if (put_->contains(key)) {
    query = {kTakeOff, {text(roster), text(place)}, true};
  }
  const bool takes_off = !own && query.dated;
  link_.send(std::move(query), [put = put_, key = std::move(key), takes_off,
                                reply = std::move(reply)](const base::Result<Rows>& rows) {
    if (!rows.ok()) return reply(rows.error());
    if (takes_off) put->erase(key);
    reply(entries_of(rows.value()));
  });
}

}  // namespace rollcall::postgres

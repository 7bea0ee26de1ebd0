#pragma once

// Parts that the statements of several tables share, for literals to be joined from.

// Of a time, in microseconds since 1970; and back.
#define ROLLCALL_MICROS(time) "(extract(epoch FROM " time ") * 1000000)::int8"
#define ROLLCALL_TIME(micros) "('epoch'::timestamptz + " micros " * interval '1 microsecond')"

// What a dated statement begins with; `called` and `until` are its last parameters.
#define ROLLCALL_CLOCK(called, until) \
  "WITH clock AS MATERIALIZED ("                                                           \
  "  SELECT now, " ROLLCALL_TIME(called) " AS called, now > " ROLLCALL_TIME(until) " AS late" \
  "  FROM clock_timestamp() AS now)"

// $1 roster, $2 ttl in ms. Without a row when it is too late: then nothing is written.
#define ROLLCALL_MOMENT_OF_CLOCK                                                                 \
  ", moment AS MATERIALIZED ("                                                                   \
  "  SELECT now, called, now - $2 * interval '1 millisecond' AS oldest,"                         \
  "    coalesce((SELECT reset_at FROM rollcall_rosters WHERE roster = $1), 'epoch') AS reset_at" \
  "  FROM clock WHERE NOT late)"

// $1 roster, $2 ttl in ms.
#define ROLLCALL_MOMENT                                                                          \
  "WITH moment AS MATERIALIZED ("                                                                \
  "  SELECT now, now - $2 * interval '1 millisecond' AS oldest,"                                 \
  "    coalesce((SELECT reset_at FROM rollcall_rosters WHERE roster = $1), 'epoch') AS reset_at" \
  "  FROM clock_timestamp() AS now)"

// How long before `moment` a time was, in ms. Rounded down, what is dated by it is dated late.
#define ROLLCALL_AGE(moment, time) \
  "floor(extract(epoch FROM greatest(" moment " - " time ", interval '0')) * 1000)::int8"
#define ROLLCALL_LONG_AGE(moment, time) \
  "ceil(extract(epoch FROM greatest(" moment " - " time ", interval '0')) * 1000)::int8"

// What a step of a pass tells ahead of its rows. `table` is the name of the table, in quotes.
#define ROLLCALL_STEP(table)                                                   \
  ROLLCALL_MICROS("now")                                                       \
  ", late, pg_relation_size(" table                                            \
  ") / current_setting('block_size')::int8,"                                   \
  " (pg_snapshot_xmin(pg_current_snapshot())::text::int8 & 4294967295)::text," \
  " (SELECT " ROLLCALL_AGE("called", "reset_at") " FROM moment WHERE reset_at > 'epoch')"

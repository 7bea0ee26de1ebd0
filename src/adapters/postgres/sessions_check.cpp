#include "adapters/postgres/sessions_check.hpp"

#include "adapters/postgres/table_name.hpp"
#include "adapters/postgres/work_session.hpp"

#include <chrono>
#include <utility>

namespace rollcall::postgres {
namespace {

constexpr base::Millis kPatience = std::chrono::minutes(1);

constexpr const char* kDescribe = R"sql(
WITH columns AS (
  SELECT attname, attnum, attnotnull AND NOT atthasdef AND attidentity = '' AS is_needed,
    atttypid, atttypmod, format_type(atttypid, atttypmod) AS type
  FROM pg_attribute
  WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped)
SELECT c.relkind = 'r',
  (SELECT type FROM columns WHERE attname = 'session_id'),
  (SELECT atttypid = 'text'::regtype OR atttypid = 'varchar'::regtype
     AND (atttypmod < 0 OR atttypmod - 4 >= 128) FROM columns WHERE attname = 'session_id'),
  (SELECT type FROM columns WHERE attname = 'last_activity'),
  (SELECT atttypid IN ('timestamp'::regtype, 'timestamptz'::regtype)
   FROM columns WHERE attname = 'last_activity'),
  EXISTS (
    SELECT FROM pg_index AS i JOIN columns ON attname = 'session_id' AND indkey[0] = attnum
    WHERE indrelid = c.oid AND indisunique AND indisvalid AND indpred IS NULL AND indnkeyatts = 1),
  (SELECT string_agg(attname, ', ') FROM columns
   WHERE is_needed AND attname NOT IN ('session_id', 'last_activity'))
FROM pg_class AS c WHERE c.oid = to_regclass($1)
)sql";

base::Error refused(const std::string& table, const std::string& why) {
  return {base::Errc::invalid_argument, "sessions_table",
          "postgres.sessions_table: " + table + " " + why};
}

base::Status judge(const std::string& table, const Rows& rows) {
  if (rows.size() == 0) return refused(table, "does not exist, or may not be seen");
  if (!rows.flag(0, 0)) return refused(table, "is no plain table");
  if (rows.is_null(0, 1)) return refused(table, "has no column session_id");
  if (!rows.flag(0, 2)) {
    return refused(table, "has session_id of type " + std::string(rows.text(0, 1)) +
                              ": it must be text, or varchar of 128 or more");
  }
  if (rows.is_null(0, 3)) return refused(table, "has no column last_activity");
  if (!rows.flag(0, 4)) {
    return refused(table, "has last_activity of type " + std::string(rows.text(0, 3)) +
                              ": it must be timestamp, with or without time zone");
  }
  if (!rows.flag(0, 5)) return refused(table, "has no primary key or unique index on session_id");
  if (!rows.is_null(0, 6)) {
    return refused(table, "needs a default for " + std::string(rows.text(0, 6)));
  }
  return base::Done{};
}

}  // namespace

base::Status check_sessions_table(const std::string& url, std::string_view table,
                                  const std::string& time_zone) {
  auto name = quoted_table(table);
  if (!name.ok()) return refused(std::string(table), name.error().message);
  WorkSession session(url, "sessions check", {});
  base::Status opened = session.open();
  if (!opened.ok()) return opened;
  const auto zone =
      session.run({"SELECT set_config('TimeZone', $1, false)", {text(time_zone)}}, kPatience);
  if (!zone.ok()) {
    return base::Error{base::Errc::invalid_argument, "sessions_table",
                       "postgres.sessions_time_zone: the server knows no zone " + time_zone};
  }
  const auto rows = session.run({kDescribe, {text(name.value())}}, kPatience);
  if (!rows.ok()) return rows.error();
  return judge(name.value(), rows.value());
}

}  // namespace rollcall::postgres

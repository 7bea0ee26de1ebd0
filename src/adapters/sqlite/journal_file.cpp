#include "adapters/sqlite/journal_file.hpp"

#include <cstdint>
#include <utility>

namespace rollcall::sqlite {
namespace {

constexpr std::int64_t kApplicationId = 0x72636a6c;  // "rcjl"
constexpr std::int64_t kSchemaVersion = 1;

base::Error refused(std::string_view code, std::string message) {
  return {base::Errc::unavailable, code, std::move(message)};
}

// Reads only. True for a journal, false for a file without any table yet.
base::Result<bool> is_journal(Database& database) {
  const auto tables = database.number("SELECT count(*) FROM sqlite_schema");
  if (!tables.ok()) return tables.error();
  const auto application = database.number("PRAGMA application_id");
  if (!application.ok()) return application.error();
  const auto version = database.number("PRAGMA user_version");
  if (!version.ok()) return version.error();
  if (application.value() == 0 && version.value() == 0 && tables.value() == 0) return false;
  if (application.value() != kApplicationId) {
    return refused("journal_foreign", "it is a database of another program");
  }
  if (version.value() > kSchemaVersion) {
    return refused("journal_too_new",
                   "a newer rollcall made it: version " + std::to_string(version.value()) +
                       "; this one knows up to " + std::to_string(kSchemaVersion));
  }
  const auto check = database.text("PRAGMA quick_check(1)");
  if (!check.ok()) return check.error();
  if (check.value() != "ok") return refused("journal_corrupt", check.value());
  return true;
}

base::Status make_schema(Database& database) {
  return database.run(
      "BEGIN EXCLUSIVE;"
      "CREATE TABLE members ("
      "  roster TEXT NOT NULL, member TEXT NOT NULL, last_seen_ms INTEGER NOT NULL,"
      "  PRIMARY KEY (roster, member)) WITHOUT ROWID, STRICT;"
      "PRAGMA application_id = " +
      std::to_string(kApplicationId) +
      ";"
      "PRAGMA user_version = " +
      std::to_string(kSchemaVersion) +
      ";"
      "COMMIT");
}

base::Status prepare_file(Database& database) {
  // Exclusive before the first read: the lock is kept from then on, and needs no shared memory.
  auto status = database.run("PRAGMA locking_mode = EXCLUSIVE");
  if (!status.ok()) return status;
  const auto found = is_journal(database);
  if (!found.ok()) return found.error();
  // Beats touch random pages: a checkpoint each 32 MiB of log, not each 4, writes a page less
  // often.
  status = database.run(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
      "PRAGMA journal_size_limit = 67108864; PRAGMA wal_autocheckpoint = 8192");
  if (!status.ok() || found.value()) return status;
  return make_schema(database);
}

std::string explained(const base::Error& error) {
  if (error.code == "journal_in_use") return "another process uses it";
  if (error.code == "journal_corrupt") {
    return "it is damaged or no database (" + error.message +
           "); move it away to start with an empty one";
  }
  return error.message;
}

}  // namespace

base::Result<Database> open_journal_file(const std::string& path) {
  auto database = Database::open(path);
  auto status = database.ok() ? prepare_file(database.value()) : base::Status(database.error());
  if (status.ok()) return database;
  const base::Error& error = status.error();
  return refused(error.code, path + ": " + explained(error));
}

}  // namespace rollcall::sqlite

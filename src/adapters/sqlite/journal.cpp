#include "adapters/sqlite/journal.hpp"

#include "adapters/sqlite/journal_file.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace rollcall::sqlite {
namespace {

constexpr auto kRetryEvery = std::chrono::seconds(1);

using Entries = std::vector<ports::JournalEntry>;

// By member, so that each page of the table is visited once; a member's entries as they came.
std::vector<const ports::JournalEntry*> in_table_order(const Entries& entries) {
  std::vector<const ports::JournalEntry*> order;
  order.reserve(entries.size());
  for (const auto& entry : entries) order.push_back(&entry);
  std::ranges::sort(order, [](const auto* a, const auto* b) {
    const int by_text = a->member.text().compare(b->member.text());
    return by_text != 0 ? by_text < 0 : a < b;
  });
  return order;
}

}  // namespace

base::Result<std::unique_ptr<Journal>> Journal::open(const std::string& path,
                                                     const base::Logger& log,
                                                     std::size_t max_queued_entries) {
  auto database = open_journal_file(path);
  if (!database.ok()) return std::move(database).error();
  Database& file = database.value();
  auto put = file.prepare(
      "INSERT INTO members VALUES (?1, ?2, ?3) "
      "ON CONFLICT DO UPDATE SET last_seen_ms = excluded.last_seen_ms");
  auto forget = file.prepare("DELETE FROM members WHERE roster = ?1 AND member = ?2");
  auto clear = file.prepare("DELETE FROM members WHERE roster = ?1");
  auto load = file.prepare(
      "SELECT member, last_seen_ms FROM members WHERE roster = ?1 ORDER BY last_seen_ms");
  for (const auto* statement : {&put, &forget, &clear, &load}) {
    if (!statement->ok()) return statement->error();
  }
  return std::unique_ptr<Journal>(new Journal(std::move(file),
                                              {std::move(put).value(), std::move(forget).value(),
                                               std::move(clear).value(), std::move(load).value()},
                                              log, max_queued_entries));
}

Journal::Journal(Database database, Statements statements, const base::Logger& log,
                 std::size_t max_queued_entries)
    : log_(log),
      max_queued_entries_(max_queued_entries),
      database_(std::move(database)),
      statements_(std::move(statements)),
      writer_([this] { run_writer(); }) {}

Journal::~Journal() {
  {
    const std::lock_guard lock(queue_mutex_);
    is_closing_ = true;
  }
  queue_changed_.notify_one();
  writer_.join();
}

base::Result<Entries> Journal::load(const std::string& roster) {
  const std::lock_guard lock(database_mutex_);
  Statement& statement = statements_.load;
  Entries entries;
  std::int64_t invalid = 0;
  statement.bind(1, roster);
  auto row = statement.step();
  for (; row.ok() && row.value(); row = statement.step()) {
    auto member = core::MemberId::parse(statement.text(0));
    if (!member.ok()) {
      ++invalid;
      continue;
    }
    const base::WallTime last_seen{base::Millis{statement.number(1)}};
    entries.push_back({std::move(member).value(), last_seen, false});
  }
  statement.reset();
  if (!row.ok()) return std::move(row).error();
  if (invalid > 0) log_.warn("journal_ids_invalid", {{"roster", roster}, {"skipped", invalid}});
  return entries;
}

void Journal::append(const std::string& roster, Entries entries) {
  enqueue({roster, std::move(entries), false});
}

void Journal::clear(const std::string& roster) {
  enqueue({roster, {}, true});
}

void Journal::enqueue(Batch batch) {
  {
    const std::lock_guard lock(queue_mutex_);
    if (batch.clears) {
      std::erase_if(queue_, [&](const Batch& queued) {
        if (queued.roster != batch.roster) return false;
        queued_entries_ -= queued.entries.size();
        return true;
      });
    }
    queued_entries_ += batch.entries.size();
    queue_.push_back(std::move(batch));
    if (queued_entries_ > max_queued_entries_) give_up_oldest();
  }
  queue_changed_.notify_one();
}

// Never the newest, and never a clear: enqueue() leaves one of those a roster.
void Journal::give_up_oldest() {
  std::size_t lost = 0;
  for (auto batch = queue_.begin();
       queued_entries_ > max_queued_entries_ && std::next(batch) != queue_.end();) {
    if (batch->clears) {
      ++batch;
      continue;
    }
    lost += batch->entries.size();
    queued_entries_ -= batch->entries.size();
    batch = queue_.erase(batch);
  }
  if (lost == 0) return;
  lost_entries_.add(lost);
  log_.warn("journal_entries_lost", {{"entries", lost}, {"total", lost_entries_.get()}});
}

void Journal::run_writer() {
  std::unique_lock lock(queue_mutex_);
  for (;;) {
    queue_changed_.wait(lock, [this] { return is_closing_ || !queue_.empty(); });
    if (queue_.empty()) return;
    Batch batch = std::move(queue_.front());
    queue_.pop_front();
    queued_entries_ -= batch.entries.size();
    lock.unlock();
    const auto written = write(batch);
    lock.lock();
    if (!written.ok()) {
      after_failure(std::move(batch), written.error(), lock);
      continue;
    }
    written_entries_.add(batch.entries.size());
    if (std::exchange(is_failing_, false)) {
      log_.info("journal_writes_again", {{"lost_entries", lost_entries_.get()}});
    }
  }
}

void Journal::after_failure(Batch batch, const base::Error& error,
                            std::unique_lock<std::mutex>& lock) {
  failed_writes_.add();
  if (!std::exchange(is_failing_, true)) {
    log_.error("journal_write_failed", {{"code", error.code}, {"reason", error.message}});
  }
  queued_entries_ += batch.entries.size();
  queue_.push_front(std::move(batch));
  if (queued_entries_ > max_queued_entries_) give_up_oldest();
  queue_changed_.wait_for(lock, kRetryEvery, [this] { return is_closing_; });
  if (!is_closing_) return;
  lost_entries_.add(queued_entries_);
  log_.error("journal_entries_lost", {{"entries", queued_entries_}, {"reason", "closing"}});
  queue_.clear();
  queued_entries_ = 0;
}

base::Status Journal::write(const Batch& batch) {
  const std::lock_guard lock(database_mutex_);
  auto status = database_.run("BEGIN IMMEDIATE");
  if (status.ok()) status = write_rows(batch);
  if (status.ok()) status = database_.run("COMMIT");
  // After some errors SQLite has rolled back already; then this one says so, which is no news.
  if (!status.ok()) static_cast<void>(database_.run("ROLLBACK"));
  return status;
}

base::Status Journal::write_rows(const Batch& batch) {
  if (batch.clears) {
    statements_.clear.bind(1, batch.roster);
    return statements_.clear.run();
  }
  for (const ports::JournalEntry* each : in_table_order(batch.entries)) {
    const ports::JournalEntry& entry = *each;
    Statement& statement = entry.gone ? statements_.forget : statements_.put;
    statement.bind(1, batch.roster);
    statement.bind(2, entry.member.text());
    if (!entry.gone) statement.bind(3, entry.last_seen.time_since_epoch().count());
    if (auto status = statement.run(); !status.ok()) return status;
  }
  return base::Done{};
}

}  // namespace rollcall::sqlite

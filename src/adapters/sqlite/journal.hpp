#pragma once

#include "adapters/sqlite/database.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "ports/roster_journal.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace rollcall::sqlite {

// The journal in one SQLite file, written by a thread of its own, a transaction a batch. Nothing
// is fsynced but checkpoints: a crash of the process loses no written batch, one of the machine
// the last few.
//
// A batch that cannot be written (a full disk) is tried again every second. Past
// max_queued_entries the oldest batches are given up, counted and logged: callers are the loops
// that serve clients and must not wait, and later batches tell the newer state of those members
// who still come.
class Journal final : public ports::RosterJournal {
 public:
  static constexpr std::size_t kMaxQueuedEntries = 200'000;

  // One process at a time. Never changes or deletes a file that is not a journal of this version
  // or an older one. Errors: `unavailable`, their code one of journal_in_use, journal_corrupt,
  // journal_foreign, journal_too_new, journal_unusable.
  static base::Result<std::unique_ptr<Journal>> open(
      const std::string& path, const base::Logger& log,
      std::size_t max_queued_entries = kMaxQueuedEntries);

  // Writes what is queued; gives up on what cannot be written at once.
  ~Journal() override;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  base::Result<std::vector<ports::JournalEntry>> load(const std::string& roster) override;
  void append(const std::string& roster, std::vector<ports::JournalEntry> entries) override;
  void clear(const std::string& roster) override;

  // From any thread.
  std::uint64_t written_entries() const { return written_entries_.get(); }
  std::uint64_t failed_writes() const { return failed_writes_.get(); }
  std::uint64_t lost_entries() const { return lost_entries_.get(); }

 private:
  struct Batch {
    std::string roster;
    std::vector<ports::JournalEntry> entries;
    bool clears = false;  // instead of entries
  };
  struct Statements {
    Statement put;
    Statement forget;
    Statement clear;
    Statement load;
  };

  Journal(Database database, Statements statements, const base::Logger& log,
          std::size_t max_queued_entries);

  void enqueue(Batch batch);
  void give_up_oldest();
  void run_writer();
  void after_failure(Batch batch, const base::Error& error, std::unique_lock<std::mutex>& lock);
  base::Status write(const Batch& batch);
  base::Status write_rows(const Batch& batch);

  const base::Logger log_;
  const std::size_t max_queued_entries_;

  std::mutex database_mutex_;
  Database database_;
  Statements statements_;

  std::mutex queue_mutex_;
  std::condition_variable queue_changed_;
  std::deque<Batch> queue_;
  std::size_t queued_entries_ = 0;
  bool is_closing_ = false;
  bool is_failing_ = false;
  base::Counter written_entries_;
  base::Counter failed_writes_;
  base::Counter lost_entries_;

  std::thread writer_;
};

}  // namespace rollcall::sqlite

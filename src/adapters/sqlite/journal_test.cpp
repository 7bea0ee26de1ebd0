#include "adapters/sqlite/journal.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rollcall::sqlite {
namespace {

using base::Millis;
using base::WallTime;
using Members = std::vector<std::pair<std::string, int>>;

class JournalFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "journal-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    path_ = (folder_ / "journal.db").string();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Journal> open(std::size_t max_queued = Journal::kMaxQueuedEntries) {
    auto journal = Journal::open(path_, log_, max_queued);
    EXPECT_TRUE(journal.ok()) << journal.error().message;
    return journal.ok() ? std::move(journal).value() : nullptr;
  }
  base::Error refusal(const std::string& path) {
    auto journal = Journal::open(path, log_);
    EXPECT_FALSE(journal.ok());
    return journal.ok() ? base::Error{} : journal.error();
  }

  static ports::JournalEntry seen(const std::string& text, int ms) {
    return {core::MemberId::parse(text).value(), WallTime{Millis{ms}}, false};
  }
  static ports::JournalEntry gone(const std::string& text) {
    return {core::MemberId::parse(text).value(), {}, true};
  }
  static Members load(Journal& journal, const std::string& roster) {
    const auto entries = journal.load(roster);
    EXPECT_TRUE(entries.ok()) << entries.error().message;
    Members members;
    for (const auto& entry : entries.value()) {
      members.emplace_back(entry.member.text(),
                           static_cast<int>(entry.last_seen.time_since_epoch().count()));
    }
    return members;
  }
  // What the journal holds after a restart.
  Members reloaded(const std::string& roster) { return load(*open(), roster); }

  std::string bytes() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write_file(const std::string& content) const {
    std::ofstream(path_, std::ios::binary) << content;
  }

  const base::Logger log_{2, base::LogLevel::off};
  std::filesystem::path folder_;
  std::string path_;
};

bool comes_true(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST_F(JournalFile, ARestartKeepsMembersInOrderOfLastSeen) {
  const std::string odd = "{\"odd\"} \\ '; \xf0\x9f\xa6\x89";
  open()->append("online", {seen("young", 30), seen("old", 10), seen(odd, 20)});
  EXPECT_EQ(reloaded("online"), (Members{{"old", 10}, {odd, 20}, {"young", 30}}));
  EXPECT_EQ(reloaded("online").size(), 3U) << "reading takes nothing away";
  EXPECT_EQ(reloaded("other"), Members{});
}

TEST_F(JournalFile, TheLastEntryOfAMemberWins) {
  {
    const auto journal = open();
    journal->append("online", {seen("ada", 10), seen("bob", 10), seen("eve", 10)});
    journal->append("online", {seen("ada", 20), gone("bob"), seen("eve", 20), gone("eve")});
    journal->append("online", {gone("bob"), seen("bob", 30), gone("nobody")});
  }
  EXPECT_EQ(reloaded("online"), (Members{{"ada", 20}, {"bob", 30}}));
}

TEST_F(JournalFile, TheLastOfManyEntriesInABatchWins) {
  std::vector<ports::JournalEntry> batch;
  for (int i = 0; i < 200; ++i) {
    batch.push_back(seen("ada", i));
    batch.push_back(i % 2 == 0 ? seen("bob", i) : gone("bob"));
  }
  open()->append("online", std::move(batch));
  EXPECT_EQ(reloaded("online"), (Members{{"ada", 199}}));
}

TEST_F(JournalFile, RostersAreApart) {
  {
    const auto journal = open();
    journal->append("a", {seen("ada", 1)});
    journal->append("b", {seen("ada", 2)});
    journal->append("a", {gone("ada")});
  }
  EXPECT_EQ(reloaded("a"), Members{});
  EXPECT_EQ(reloaded("b"), (Members{{"ada", 2}}));
}

TEST_F(JournalFile, ClearForgetsWhatCameBeforeIt) {
  open()->append("online", {seen("written", 1)});
  {
    const auto journal = open();
    journal->append("online", {seen("queued", 2)});
    journal->append("other", {seen("bob", 3)});
    journal->clear("online");
    journal->append("online", {seen("after", 4)});
  }
  EXPECT_EQ(reloaded("online"), (Members{{"after", 4}}));
  EXPECT_EQ(reloaded("other"), (Members{{"bob", 3}}));
}

TEST_F(JournalFile, ClosingWritesAllThatIsQueued) {
  constexpr int kBatches = 50;
  {
    const auto journal = open();
    for (int i = 0; i < kBatches; ++i) {
      std::vector<ports::JournalEntry> batch;
      for (int k = 0; k < 100; ++k) batch.push_back(seen("m" + std::to_string(i * 100 + k), i));
      journal->append("online", std::move(batch));
    }
  }
  EXPECT_EQ(reloaded("online").size(), kBatches * 100U);
}

TEST_F(JournalFile, OthersMayNotReadIt) {
  open()->append("online", {seen("ada", 1)});
  struct stat info{};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(JournalFile, ASecondProcessIsRefused) {
  const auto journal = open();
  const auto error = refusal(path_);
  EXPECT_EQ(error.code, "journal_in_use");
  EXPECT_EQ(error.message, path_ + ": another process uses it");
  journal->append("online", {seen("ada", 1)});
  EXPECT_TRUE(comes_true([&] { return journal->written_entries() == 1; }));
}

TEST_F(JournalFile, AFileThatIsNoDatabaseIsRefusedAndKept) {
  const std::string text(5000, 'x');
  write_file(text);
  const auto error = refusal(path_);
  EXPECT_EQ(error.code, "journal_corrupt");
  EXPECT_NE(error.message.find(path_), std::string::npos);
  EXPECT_EQ(bytes(), text);
}

TEST_F(JournalFile, ADamagedJournalIsRefusedAndKept) {
  {
    std::vector<ports::JournalEntry> batch;
    for (int i = 0; i < 2000; ++i) batch.push_back(seen("member-" + std::to_string(i), i));
    open()->append("online", std::move(batch));
  }
  std::string damaged = bytes();
  ASSERT_GT(damaged.size(), 3U * 4096);
  damaged.replace(2 * 4096, 4096, 4096, '\x5a');
  write_file(damaged);
  EXPECT_EQ(refusal(path_).code, "journal_corrupt");
  EXPECT_EQ(bytes(), damaged);
}

TEST_F(JournalFile, ADatabaseOfAnotherProgramIsRefusedAndKept) {
  ASSERT_TRUE(
      Database::open(path_).value().run("CREATE TABLE theirs (id); PRAGMA user_version=1").ok());
  const std::string before = bytes();
  EXPECT_EQ(refusal(path_).code, "journal_foreign");
  EXPECT_EQ(bytes(), before);
}

TEST_F(JournalFile, AJournalOfANewerVersionIsRefused) {
  open().reset();
  ASSERT_TRUE(Database::open(path_).value().run("PRAGMA user_version = 2").ok());
  const auto error = refusal(path_);
  EXPECT_EQ(error.code, "journal_too_new");
  EXPECT_NE(error.message.find("version 2"), std::string::npos) << error.message;
}

TEST_F(JournalFile, APlaceThatCannotBeWrittenIsRefused) {
  const auto missing = refusal((folder_ / "missing" / "journal.db").string());
  EXPECT_EQ(missing.code, "journal_unusable");
  EXPECT_NE(missing.message.find("No such file"), std::string::npos) << missing.message;
  EXPECT_NE(refusal(folder_.string()).message.find("Is a directory"), std::string::npos);
}

// No file of this process grows beyond a size, as on a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &before_), 0);
    const rlimit full{bytes, before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
  }
  ~FullDisk() {
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &before_), 0);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  void (*handler_)(int);
  rlimit before_{};
};

TEST_F(JournalFile, AFullDiskLosesTheOldestOfTooMuchAndHealsByItself) {
  constexpr int kBatches = 6;
  constexpr std::size_t kBatchSize = 5'000;
  auto journal = open(4 * kBatchSize);
  journal->append("online", {seen("before", 1)});
  ASSERT_TRUE(comes_true([&] { return journal->written_entries() == 1; }));
  {
    const FullDisk full(64 * 1024);
    for (int i = 0; i < kBatches; ++i) {
      std::vector<ports::JournalEntry> batch;
      for (std::size_t k = 0; k < kBatchSize; ++k) {
        batch.push_back(seen(std::to_string(i) + "-" + std::to_string(k), 2 + i));
      }
      journal->append("online", std::move(batch));
      ASSERT_TRUE(comes_true([&] { return journal->failed_writes() > 0; }));
    }
    EXPECT_EQ(journal->written_entries(), 1U);
  }
  constexpr std::size_t kTotal = kBatches * kBatchSize + 1;
  EXPECT_TRUE(
      comes_true([&] { return journal->written_entries() + journal->lost_entries() == kTotal; }));
  const std::size_t lost = journal->lost_entries();
  EXPECT_GT(lost, 0U);
  journal.reset();
  std::map<int, std::size_t> by_batch;
  for (const auto& [text, ms] : reloaded("online")) ++by_batch[ms];
  EXPECT_EQ(by_batch[1], 1U);
  EXPECT_EQ(by_batch[2], 0U) << "the oldest that waits goes first";
  for (const int newest : {4, 5, 6, 7}) EXPECT_EQ(by_batch[newest], kBatchSize);
  EXPECT_EQ(by_batch[3], lost == kBatchSize ? kBatchSize : 0U);
}

TEST_F(JournalFile, ABatchThatFailedKeepsItsPlace) {
  const auto journal = open();
  {
    const FullDisk full(64 * 1024);
    std::vector<ports::JournalEntry> batch{seen("ada", 1)};
    for (int i = 0; i < 5'000; ++i) batch.push_back(seen(std::to_string(i), 1));
    journal->append("online", std::move(batch));
    journal->append("online", {gone("ada")});
    ASSERT_TRUE(comes_true([&] { return journal->failed_writes() == 1; }));
  }
  EXPECT_TRUE(comes_true([&] { return journal->written_entries() == 5'002; }));
  EXPECT_EQ(load(*journal, "online").size(), 5'000U);
}

TEST_F(JournalFile, ClosingOnAFullDiskGivesUpAndSaysSo) {
  const std::string log_path = (folder_ / "log").string();
  const int fd = ::open(log_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_GE(fd, 0);
  {
    const FullDisk full(64 * 1024);
    const auto journal = Journal::open(path_, base::Logger(fd));
    ASSERT_TRUE(journal.ok());
    std::vector<ports::JournalEntry> batch;
    for (int i = 0; i < 5'000; ++i) batch.push_back(seen(std::to_string(i), i));
    journal.value()->append("online", std::move(batch));
  }
  ::close(fd);
  std::ifstream file(log_path);
  const std::string log{std::istreambuf_iterator<char>(file), {}};
  EXPECT_NE(log.find("error journal_write_failed"), std::string::npos) << log;
  EXPECT_NE(log.find("journal_entries_lost entries=5000"), std::string::npos) << log;
}

}  // namespace
}  // namespace rollcall::sqlite

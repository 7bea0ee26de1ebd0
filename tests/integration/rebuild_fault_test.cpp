#include "rebuild_fault_fixture.hpp"

#include <csignal>
#include <future>
#include <stop_token>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

namespace rollcall::postgres {
namespace {

constexpr std::uint64_t kFileBytes = 1'200'000;

class RebuildFault : public RebuildFaultFixture {
 protected:
  // Removes what a dead rebuild has left, once the server has noticed that it is dead.
  void expect_remains_to_go(std::string_view when) const {
    ASSERT_TRUE(wait_until(std::string("SELECT count(*) ") + kSessions, "0")) << when;
    const auto removed = remove_rebuild_remains(policy_of("s"), {});
    ASSERT_TRUE(removed.ok()) << removed.error().message;
    EXPECT_EQ(removed.value(), 1U) << when;
    expect_untouched(when);
  }

  // A process of its own, which rebuilds.
  pid_t fork_rebuild(const OnProgress& on_progress) const {
    const pid_t process = ::fork();
    if (process != 0) return process;
    const auto report = rebuild_s(on_progress);
    ::_exit(report.ok() ? 0 : 1);
  }

  static void expect_killed(pid_t process) {
    int status = 0;
    EXPECT_EQ(::waitpid(process, &status, 0), process);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  }
};

TEST_F(RebuildFault, ALostConnectionLeavesTheTableAsItWas) {
  for (const auto step : kSteps) {
    const auto report = rebuild_s(
        at(step, [&] { query(std::string("SELECT pg_terminate_backend(pid) ") + kSessions); }));
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().kind, base::Errc::unavailable);
    EXPECT_TRUE(report.error().message.ends_with("; public.s is as it was"))
        << report.error().message;
    expect_untouched(step);
  }
  control("die");
  const auto report = rebuild_s();
  ASSERT_FALSE(report.ok());
  EXPECT_NE(report.error().message.find("as it was"), std::string::npos);
  expect_untouched("puts back");
  expect_rebuilt();
}

TEST_F(RebuildFault, AStopLeavesTheTableAsItWas) {
  for (const std::string_view step :
       {"prepares", "copies survivors", "catches up", "waits for the lock"}) {
    std::stop_source stop;
    const auto report = rebuild_s(at(step, [&] { stop.request_stop(); }), stop.get_token());
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().code, "stopped");
    expect_untouched(step);
  }
  Session holder(server().url(database()));
  holder.run("SELECT pg_advisory_lock(42)");
  control("hold");
  std::stop_source stop;
  auto report = std::async(std::launch::async, [&] { return rebuild_s({}, stop.get_token()); });
  EXPECT_TRUE(wait_until(kIsHeld, "1"));
  stop.request_stop();
  EXPECT_EQ(report.get().error().code, "stopped");
  expect_untouched("puts back");
  expect_rebuilt();
}

TEST_F(RebuildFault, AProcessThatIsKilledLeavesTheTableAsItWas) {
  for (const auto step : kSteps) {
    expect_killed(fork_rebuild(at(step, [] { ::raise(SIGKILL); })));
    expect_writable();
    EXPECT_NE(remains(), "") << step;
    expect_remains_to_go(step);
  }
  Session holder(server().url(database()));
  holder.run("SELECT pg_advisory_lock(42)");
  control("hold");
  const pid_t process = fork_rebuild({});
  EXPECT_TRUE(wait_until(kIsHeld, "1"));
  ::kill(process, SIGKILL);
  expect_killed(process);
  expect_remains_to_go("puts back");
  expect_rebuilt();
}

TEST_F(RebuildFault, ANewRebuildRemovesWhatADeadOneHasLeft) {
  expect_killed(fork_rebuild(at("waits for the lock", [] { ::raise(SIGKILL); })));
  ASSERT_TRUE(wait_until(std::string("SELECT count(*) ") + kSessions, "0"));
  expect_rebuilt();
  EXPECT_EQ(remains(), "");
}

TEST_F(RebuildFault, AServerThatIsKilledHasTheTableAsItWas) {
  for (const auto step : kSteps) {
    const auto report = rebuild_s(at(step, [&] { server().kill(); }));
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().kind, base::Errc::unavailable);
    EXPECT_NE(report.error().message.find("is removed by the next run or rebuild"),
              std::string::npos)
        << report.error().message;
    server().start();
    expect_writable();
    expect_remains_to_go(step);
  }
  Session holder(server().url(database()));
  holder.run("SELECT pg_advisory_lock(42)");
  control("hold");
  auto report = std::async(std::launch::async, [&] { return rebuild_s(); });
  EXPECT_TRUE(wait_until(kIsHeld, "1"));
  server().kill();
  EXPECT_FALSE(report.get().ok());
  server().start();
  expect_remains_to_go("puts back");
  expect_rebuilt();
}

// The copy does not fit, or only the table, whose pages are filled less.
TEST_F(RebuildFault, ADiskThatIsFullLeavesTheTableAsItWas) {
  for (const int survivors : {2'000, 500}) {
    query(
        "ALTER TABLE s SET (fillfactor = 20);"
        "INSERT INTO s SELECT i, repeat('x', 1000), NULL FROM generate_series(10001, 10000 + " +
        std::to_string(survivors) + ") AS i");
    before_ = catalogue("s") + rows("s");
    query("CHECKPOINT");
    server().kill();
    server().limit_files(kFileBytes);
    server().start();
    std::string step;
    const auto report = rebuild_s([&](const RebuildProgress& progress) { step = progress.step; });
    server().kill();
    server().limit_files(0);
    server().start();
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(step, survivors == 500 ? "waits for the lock" : "copies survivors");
    EXPECT_NE(report.error().message.find("could not extend file"), std::string::npos)
        << report.error().message;
    EXPECT_NE(report.error().message.find("as it was"), std::string::npos);
    expect_untouched(step);
    query("DELETE FROM s WHERE id > 10000");
  }
  expect_rebuilt();
}

TEST_F(RebuildFault, ARowThatIsRefusedLeavesTheTableAsItWas) {
  control("refuse");
  const auto report = rebuild_s();
  ASSERT_FALSE(report.ok());
  EXPECT_NE(report.error().message.find("23514"), std::string::npos) << report.error().message;
  expect_untouched("puts back");
}

// What other programs or other tables own is not touched.
TEST_F(RebuildFault, RemainsOfTablesThatAreNoMoreGo) {
  query(
      "CREATE UNLOGGED TABLE rollcall_rebuild_4000000001_log ();"
      "ALTER TABLE rollcall_rebuild_4000000001_log OWNER TO owner;"
      "CREATE UNLOGGED TABLE rollcall_rebuild_4000000002_log ();"
      "CREATE UNLOGGED TABLE rollcall_rebuild_x_log ();"
      "ALTER TABLE rollcall_rebuild_x_log OWNER TO owner");
  const std::string other =
      "rollcall_rebuild_" + query("SELECT 'control'::regclass::oid") + "_log";
  query("CREATE UNLOGGED TABLE " + other + " (); ALTER TABLE " + other + " OWNER TO owner");
  const auto removed = remove_rebuild_remains(policy_of("s"), {});
  ASSERT_TRUE(removed.ok()) << removed.error().message;
  EXPECT_EQ(removed.value(), 1U);
  EXPECT_EQ(
      query("SELECT count(*) FROM pg_class WHERE relname IN ('rollcall_rebuild_4000000002_log',"
            " 'rollcall_rebuild_x_log', '" +
            other + "')"),
      "3");
  EXPECT_EQ(remains().find("4000000001"), std::string::npos);
}

}  // namespace
}  // namespace rollcall::postgres

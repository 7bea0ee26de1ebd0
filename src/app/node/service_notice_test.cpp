#include "app/node/service_notice.hpp"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace rollcall::app {
namespace {

using std::chrono::seconds;
using ::testing::MatchesRegex;

// What the supervisor does: it reads datagrams at an address.
class Supervisor {
 public:
  explicit Supervisor(const std::string& name) : fd_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path, sizeof address.sun_path - 1);
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), size), 0);
  }
  ~Supervisor() { ::close(fd_); }

  // The next datagram; empty when there is none.
  std::string next() {
    char buffer[512];
    const auto size = ::recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
    return size < 0 ? std::string() : std::string(buffer, static_cast<std::size_t>(size));
  }

 private:
  int fd_;
};

class ServiceNoticeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "rollcall-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string path() const { return folder_ + "/notify"; }

  std::string folder_;
};

TEST_F(ServiceNoticeTest, TellsEachStateByADatagram) {
  Supervisor supervisor(path());
  const ServiceNotice notice(path());
  EXPECT_TRUE(notice.ready("Serving http://127.0.0.1:8085").ok());
  EXPECT_EQ(supervisor.next(), "READY=1\nSTATUS=Serving http://127.0.0.1:8085");
  EXPECT_TRUE(notice.reloading().ok());
  EXPECT_THAT(supervisor.next(),
              MatchesRegex("RELOADING=1\nMONOTONIC_USEC=[0-9]+\nSTATUS=Reloading"));
  EXPECT_TRUE(notice.stopping(seconds(7)).ok());
  EXPECT_EQ(supervisor.next(), "STOPPING=1\nEXTEND_TIMEOUT_USEC=7000000\nSTATUS=Draining");
  EXPECT_TRUE(notice.alive().ok());
  EXPECT_EQ(supervisor.next(), "WATCHDOG=1");
  EXPECT_EQ(supervisor.next(), "");
}

TEST_F(ServiceNoticeTest, ReachesAnAbstractSocket) {
  const std::string name = "@" + path();
  Supervisor supervisor(name);
  EXPECT_TRUE(ServiceNotice(name).alive().ok());
  EXPECT_EQ(supervisor.next(), "WATCHDOG=1");
}

TEST_F(ServiceNoticeTest, SaysNothingWithoutASupervisor) {
  EXPECT_TRUE(ServiceNotice("").ready("Serving").ok());
}

TEST_F(ServiceNoticeTest, TellsWhyASupervisorIsNotReached) {
  const auto why = [](const std::string& socket) {
    const auto sent = ServiceNotice(socket).alive();
    return sent ? std::string() : sent.error().message;
  };
  EXPECT_EQ(why(path()), "NOTIFY_SOCKET: send: No such file or directory");
  EXPECT_EQ(why("vsock:2:1"), "NOTIFY_SOCKET: neither a path nor abstract: Invalid argument");
  EXPECT_EQ(why("/" + std::string(200, 'a')), "NOTIFY_SOCKET: too long: Invalid argument");
}

TEST(WatchdogInterval, IsForTheProcessThatItNames) {
  constexpr pid_t kOwn = 42;
  EXPECT_EQ(watchdog_interval("30000000", nullptr, kOwn), seconds(30));
  EXPECT_EQ(watchdog_interval("30000000", "42", kOwn), seconds(30));
  EXPECT_EQ(watchdog_interval("30000000", "43", kOwn), seconds(0));
  EXPECT_EQ(watchdog_interval("30000000", "", kOwn), seconds(0));
  for (const char* usec : {static_cast<const char*>(nullptr), "", "30s", "-1", "0"}) {
    EXPECT_EQ(watchdog_interval(usec, nullptr, kOwn), seconds(0));
  }
}

}  // namespace
}  // namespace rollcall::app

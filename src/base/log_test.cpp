#include "base/log.hpp"

#include <array>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace rollcall::base {
namespace {

// What a logger writes, read back through a pipe.
class LoggedText {
 public:
  LoggedText() { EXPECT_EQ(::pipe(ends_.data()), 0); }
  ~LoggedText() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  int fd() const { return ends_[1]; }
  std::string read() {
    std::array<char, 4096> buffer;
    [[maybe_unused]] const auto end = ::write(ends_[1], "", 1);
    const auto size = ::read(ends_[0], buffer.data(), buffer.size());
    return size < 1 ? std::string()
                    : std::string(buffer.data(), static_cast<std::size_t>(size - 1));
  }

 private:
  std::array<int, 2> ends_{};
};

TEST(Logger, WritesJsonLines) {
  LoggedText text;
  Logger(text.fd(), LogLevel::debug, LogFormat::json)
      .info("started", {{"port", 8085}, {"name", "a\"b\\c"}, {"dev", true}, {"load", 0.5}});
  EXPECT_THAT(text.read(),
              testing::MatchesRegex(
                  R"(\{"time":"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z","level":"info",)"
                  R"("event":"started","port":8085,"name":"a\\"b\\\\c","dev":true,)"
                  "\"load\":0\\.500\\}\n"));
}

TEST(Logger, WritesTextLines) {
  LoggedText text;
  Logger(text.fd()).warn("store_slow", {{"ms", 151}, {"store", "redis"}});
  EXPECT_THAT(text.read(),
              testing::MatchesRegex("[-0-9T:.]+Z warn  store_slow ms=151 store=\"redis\"\n"));
}

TEST(Logger, NobodyForgesALine) {
  for (const LogFormat format : {LogFormat::text, LogFormat::json}) {
    LoggedText text;
    Logger(text.fd(), LogLevel::info, format).error("bad\nevent", {{"id", "x\r\n\x1b[31m\x7f"}});
    const std::string logged = text.read();
    EXPECT_EQ(logged.find('\n'), logged.size() - 1) << logged;
    EXPECT_EQ(logged.find_first_of("\r\x1b\x7f"), std::string::npos) << logged;
    EXPECT_NE(logged.find(R"(x\u000d\u000a\u001b[31m\u007f)"), std::string::npos) << logged;
  }
}

TEST(Logger, KeepsStillBelowItsLevel) {
  LoggedText text;
  const Logger warnings(text.fd(), LogLevel::warn);
  warnings.debug("no");
  warnings.info("no");
  EXPECT_EQ(text.read(), "");
  Logger(text.fd(), LogLevel::off).error("no");
  EXPECT_EQ(text.read(), "");
}

}  // namespace
}  // namespace rollcall::base

#include "integration/redis_fixture.hpp"

#include <algorithm>
#include <filesystem>
#include <string>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace rollcall::integration {
namespace {

using namespace std::chrono_literals;

constexpr const char* kKey = "crm_navbar:live_users";

// crm_navbar.rb, asked line by line. It ends when its standard input does.
class RubyProgram {
 public:
  explicit RubyProgram(std::uint16_t port) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return;
    const auto script = std::filesystem::path(__FILE__).parent_path() / "crm_navbar.rb";
    const std::string number = std::to_string(port);
    process_ = ::fork();
    if (process_ == 0) {
      ::dup2(ends[1], STDIN_FILENO);
      ::dup2(ends[1], STDOUT_FILENO);
      ::close(ends[0]);
      ::close(ends[1]);
      ::execlp("ruby", "ruby", script.c_str(), number.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    socket_ = ends[0];
    const timeval patience{20, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  }
  ~RubyProgram() {
    ::close(socket_);
    ::waitpid(process_, nullptr, 0);
  }
  RubyProgram(const RubyProgram&) = delete;
  RubyProgram& operator=(const RubyProgram&) = delete;

  std::string ask(const std::string& line) {
    const std::string bytes = line + "\n";
    if (::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) return "gone";
    return read_line();
  }

  // Empty when it ends or says nothing for long.
  std::string read_line() {
    std::string line;
    char c = 0;
    while (::read(socket_, &c, 1) == 1 && c != '\n') line += c;
    return line;
  }

 private:
  int socket_ = -1;
  pid_t process_ = -1;
};

class RedisBesideRuby : public RedisFixture {
 protected:
  void SetUp() override {
    ASSERT_EQ(ruby_.read_line(), "ready") << "ruby with the gem redis is needed";
    redis::RedisRosterOptions options;
    options.layout = {kKey, 300s, redis::ScoreUnit::seconds, 24h};
    options.trim_every = 1h;  // what is stale is left for the other side to see
    link_ = make_link(options_for(server_));
    store_ = make_store(*link_, options);
    ASSERT_TRUE(wait_up(*link_));
  }

  std::vector<std::string> sorted_list() {
    auto members = list(*store_);
    std::sort(members.begin(), members.end());
    return members;
  }

  double score_of(const std::string& who) {
    return std::stod(server_.command({"ZSCORE", kKey, who}).text);
  }

  support::RedisServer server_;
  RubyProgram ruby_{server_.port()};
  std::unique_ptr<redis::Link> link_;
  std::unique_ptr<redis::RedisRosterStore> store_;
};

TEST_F(RedisBesideRuby, WhatEitherTouchesTheOtherLists) {
  EXPECT_EQ(ruby_.ask("touch 17"), "done");
  ASSERT_TRUE(touch(*store_, "42").ok());
  EXPECT_EQ(sorted_list(), (std::vector<std::string>{"17", "42"}));
  EXPECT_EQ(ruby_.ask("list"), "17 42");
  EXPECT_EQ(count(*store_).value().online, 2U);
  EXPECT_TRUE(is_live(*store_, "17"));
  EXPECT_EQ(ruby_.ask("live? 42"), "true");
  EXPECT_EQ(ruby_.ask("live? 43"), "false");
}

TEST_F(RedisBesideRuby, ScoresAreFloatSecondsAndTheKeyLivesADay) {
  const double now = std::stod(server_.command({"TIME"}).elements.at(0).text);
  ASSERT_TRUE(touch(*store_, "42").ok());
  EXPECT_NEAR(score_of("42"), now, 10);
  EXPECT_NEAR(static_cast<double>(server_.command({"TTL", kKey}).integer), 86'400, 10);
  EXPECT_EQ(ruby_.ask("touch 42"), "done");
  EXPECT_NEAR(score_of("42"), now, 10);
  ASSERT_TRUE(touch(*store_, "42", 30s).ok());
  EXPECT_NEAR(score_of("42"), now, 10) << "an aged touch takes nothing back";
  EXPECT_NEAR(static_cast<double>(server_.command({"TTL", kKey}).integer), 86'400, 10);
}

TEST_F(RedisBesideRuby, ItsDelIsAReset) {
  ASSERT_TRUE(touch(*store_, "42").ok());
  EXPECT_EQ(ruby_.ask("reset"), "done");
  EXPECT_EQ(count(*store_).value().online, 0U);
  EXPECT_TRUE(sorted_list().empty());
  EXPECT_EQ(touch(*store_, "42").value().online, 1U);
  EXPECT_EQ(store_->counters().data_losses.get(), 0U);
  const auto done = wait<base::Done>([&](auto reply) { store_->reset(std::move(reply)); });
  EXPECT_TRUE(done.ok());
  EXPECT_EQ(ruby_.ask("list"), "");
  EXPECT_EQ(ruby_.ask("touch 42"), "done");
  EXPECT_EQ(count(*store_).value().online, 1U);
}

TEST_F(RedisBesideRuby, ALeaveHereIsALeaveThere) {
  EXPECT_EQ(ruby_.ask("touch 17"), "done");
  EXPECT_EQ(leave(*store_, "17").value().online, 0U);
  EXPECT_EQ(ruby_.ask("live? 17"), "false");
  EXPECT_EQ(ruby_.ask("list"), "");
  EXPECT_EQ(ruby_.ask("touch 17"), "done");
  EXPECT_TRUE(is_live(*store_, "17"));
}

TEST_F(RedisBesideRuby, BothForgetWhoIsSilentForLong) {
  ASSERT_TRUE(touch(*store_, "live", 290s).ok());
  server_.command({"ZADD", kKey, std::to_string(score_of("live") - 20), "silent"});
  EXPECT_EQ(sorted_list(), std::vector<std::string>{"live"});
  EXPECT_EQ(count(*store_).value().online, 1U);
  EXPECT_EQ(ruby_.ask("live? silent"), "false");
  EXPECT_EQ(ruby_.ask("list"), "live");
  EXPECT_EQ(server_.command({"ZCARD", kKey}).integer, 1);
}

}  // namespace
}  // namespace rollcall::integration

#include "integration/redis_fixture.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <unistd.h>

namespace rollcall::integration {
namespace {

using namespace std::chrono_literals;
using redis::Command;
using support::RedisServer;

class RedisLink : public RedisFixture {};

TEST_F(RedisLink, AnswersInTheOrderAsked) {
  RedisServer server;
  const auto link = make_link(options_for(server));
  ASSERT_TRUE(wait_up(*link));
  EXPECT_EQ(link->server().protocol, 3);
  EXPECT_EQ(link->server().run_id.size(), 40U);
  std::vector<std::string> replies;
  for (int i = 0; i < 500; ++i) {
    link->send(Command("ECHO", i), [&replies](base::Result<redis::RespValue> reply) {
      replies.push_back(reply ? reply.value().text : reply.error().message);
    });
  }
  ASSERT_TRUE(run_until([&] { return replies.size() == 500; }));
  for (std::size_t i = 0; i < replies.size(); ++i) EXPECT_EQ(replies[i], std::to_string(i));
  EXPECT_EQ(link->counters().commands.get(), 500U);
}

TEST_F(RedisLink, RefusesTooManyCommands) {
  RedisServer server;
  auto options = options_for(server);
  options.max_commands = 2;
  const auto link = make_link(options);
  ASSERT_TRUE(wait_up(*link));
  int answered = 0;
  const auto note = [&answered](const auto& reply) { answered += reply.ok() ? 1 : 0; };
  link->send(Command("PING"), note);
  link->send(Command("PING"), note);
  std::optional<base::Error> refused;
  link->send(Command("PING"), [&refused](const auto& reply) { refused = reply.error(); });
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->kind, base::Errc::overloaded);
  EXPECT_EQ(refused->code, "redis_queue_full");
  EXPECT_TRUE(run_until([&] { return answered == 2; }));
}

TEST_F(RedisLink, ErrorRepliesNameTheirFirstWordOnly) {
  RedisServer server;
  const auto link = make_link(options_for(server));
  ASSERT_TRUE(wait_up(*link));
  const auto unknown = ask(*link, Command("NOSUCH", "secret"));
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().kind, base::Errc::unavailable);
  EXPECT_EQ(unknown.error().message, "Redis refused the command: ERR");
  ASSERT_TRUE(ask(*link, Command("SET", "k", "v")).ok());
  const auto wrong = ask(*link, Command("ZCARD", "k"));
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().message, "Redis refused the command: WRONGTYPE");
  EXPECT_EQ(link->counters().errors.get(), 2U);
  EXPECT_TRUE(link->is_up());
}

TEST_F(RedisLink, SignsInAsAnAclUserAndChoosesTheDatabase) {
  RedisServer server;
  server.command({"ACL", "SETUSER", "app", "on", ">p@ss", "~mine", "+@all", "-@admin"});
  auto options = options_for(server);
  options.endpoint.user = "app";
  options.endpoint.password = "p@ss";
  options.endpoint.database = 5;
  const auto link = make_link(options);
  ASSERT_TRUE(wait_up(*link));
  EXPECT_TRUE(ask(*link, Command("SET", "mine", "1")).ok());
  EXPECT_FALSE(ask(*link, Command("SET", "others", "1")).ok());
  server.command({"SELECT", "5"});
  EXPECT_EQ(server.command({"GET", "mine"}).text, "1");
}

TEST_F(RedisLink, SaysWhyItCannotSignIn) {
  RedisServer server;
  server.command({"CONFIG", "SET", "requirepass", "right"});
  auto options = options_for(server);
  std::string reason;
  const auto none = make_link(options);
  none->watch([&](bool up, std::string_view why) { reason = up ? "up" : why; });
  ASSERT_TRUE(run_until([&] { return !reason.empty(); }));
  EXPECT_NE(reason.find("asks for a password"), std::string::npos) << reason;
  reason.clear();
  options.endpoint.password = "wrong-secret";
  const auto wrong = make_link(options);
  wrong->watch([&](bool up, std::string_view why) { reason = up ? "up" : why; });
  ASSERT_TRUE(run_until([&] { return !reason.empty(); }));
  EXPECT_NE(reason.find("does not accept"), std::string::npos) << reason;
  EXPECT_EQ(logged("wrong-secret"), 0U);
  options.endpoint.password = "right";
  const auto right = make_link(options);
  EXPECT_TRUE(wait_up(*right));
}

TEST_F(RedisLink, SpeaksTlsAndChecksWhoAnswers) {
  RedisServer server(RedisServer::tls_arguments());
  auto options = options_for(server);
  options.endpoint.tls = true;
  options.endpoint.port = server.tls_port();
  options.endpoint.host = "localhost";
  options.ca_file = server.ca_file();
  const auto link = make_link(options);
  ASSERT_TRUE(wait_up(*link));
  const std::string long_text(300'000, 'x');
  const auto echo = ask(*link, Command("ECHO", long_text));
  ASSERT_TRUE(echo.ok());
  EXPECT_EQ(echo.value().text, long_text);

  const auto refusal_of = [&](const redis::LinkOptions& other) {
    std::string reason;
    const auto refused = make_link(other);
    refused->watch([&](bool up, std::string_view why) { reason = up ? "up" : why; });
    run_until([&] { return !reason.empty(); });
    return reason;
  };
  auto misnamed = options;
  misnamed.endpoint.host = "127.0.0.1";
  EXPECT_NE(refusal_of(misnamed).find("TLS"), std::string::npos);
  auto unknown_authority = options;
  unknown_authority.ca_file.clear();
  EXPECT_NE(refusal_of(unknown_authority).find("TLS"), std::string::npos);
  auto unreadable = options;
  unreadable.ca_file = "/nowhere";
  EXPECT_THROW(make_link(unreadable), std::runtime_error);
}

TEST_F(RedisLink, SpeaksThroughAUnixSocket) {
  const std::string path = "/tmp/rollcall-link-" + std::to_string(::getpid()) + ".sock";
  RedisServer server({"--unixsocket", path});
  auto options = options_for(server);
  options.endpoint.path = path;
  options.endpoint.port = 1;
  const auto link = make_link(options);
  ASSERT_TRUE(wait_up(*link));
  EXPECT_TRUE(ask(*link, Command("PING")).ok());
  options.endpoint.path = std::string(500, 'x');
  const auto overlong = make_link(options);
  EXPECT_TRUE(run_until([&] { return logged("opening the Unix socket") > 0; }));
}

TEST_F(RedisLink, ComesBackAfterAKillAndLogsEachChangeOnce) {
  RedisServer server;
  const auto link = make_link(options_for(server));
  std::vector<bool> changes;
  link->watch([&](bool up, std::string_view) { changes.push_back(up); });
  ASSERT_TRUE(wait_up(*link));
  const std::string first_run = link->server().run_id;
  server.kill();
  ASSERT_TRUE(wait_down(*link));
  const auto refused = ask(*link, Command("PING"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, base::Errc::unavailable);
  EXPECT_EQ(refused.error().code, "redis_unavailable");
  const auto until = std::chrono::steady_clock::now() + 400ms;  // some ten attempts
  run_until([&] { return std::chrono::steady_clock::now() > until; });
  server.start();
  ASSERT_TRUE(wait_up(*link));
  EXPECT_TRUE(ask(*link, Command("PING")).ok());
  EXPECT_NE(link->server().run_id, first_run);
  EXPECT_EQ(changes, (std::vector<bool>{true, false, true}));
  EXPECT_EQ(logged("redis is up"), 2U);
  EXPECT_LE(logged("redis is down"), 2U);  // closed by the server; then: connection refused
  EXPECT_EQ(link->counters().reconnects.get(), 1U);
}

TEST_F(RedisLink, AHungServerClosesTheLinkAndEveryCallerIsAnswered) {
  RedisServer server;
  auto options = options_for(server);
  options.command_timeout = 150ms;
  options.connect_timeout = 200ms;
  const auto link = make_link(options);
  ASSERT_TRUE(wait_up(*link));
  ASSERT_TRUE(ask(*link, Command("SET", "late", "0")).ok());
  server.pause();
  int timeouts = 0;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    link->send(Command("INCR", "late"), [&](const auto& reply) {
      timeouts += !reply.ok() && reply.error().kind == base::Errc::timeout ? 1 : 0;
    });
  }
  ASSERT_TRUE(run_until([&] { return timeouts == 20; }));
  const auto waited = std::chrono::steady_clock::now() - start;
  EXPECT_GE(waited, 150ms);
  EXPECT_LT(waited, 2s);
  EXPECT_FALSE(link->is_up());
  EXPECT_EQ(link->counters().timeouts.get(), 1U);
  server.resume();
  ASSERT_TRUE(wait_up(*link));
  const auto late = ask(*link, Command("GET", "late"));
  ASSERT_TRUE(late.ok());
  EXPECT_EQ(late.value().text, "20") << "the hung server applied them: a timeout is no refusal";
}

TEST_F(RedisLink, WhatWasNotSentIsUnavailableNotTimedOut) {
  RedisServer server;
  auto options = options_for(server);
  options.command_timeout = 150ms;
  const auto link = make_link(options);
  ASSERT_TRUE(wait_up(*link));
  server.pause();
  std::vector<base::Errc> errors;
  const auto note = [&](const auto& reply) { errors.push_back(reply.error().kind); };
  link->send(Command("SET", "big", std::string(64 * 1024 * 1024, 'x')), note);
  context().poll();  // its write fills the socket and goes on
  link->send(Command("PING"), note);
  ASSERT_TRUE(run_until([&] { return errors.size() == 2; }));
  EXPECT_EQ(errors[0], base::Errc::timeout);
  EXPECT_EQ(errors[1], base::Errc::unavailable);
  server.resume();
}

TEST_F(RedisLink, WaitsUntilTheDatasetIsLoaded) {
  RedisServer server({"--enable-debug-command", "yes"});
  ASSERT_FALSE(server.command({"DEBUG", "POPULATE", "3000"}).is_error());
  server.command({"SAVE"});
  server.kill();
  server.start({"--key-load-delay", "200", "--loading-process-events-interval-bytes", "1024"},
               RedisServer::Ready::answering);
  const auto link = make_link(options_for(server));
  std::string reason;
  link->watch([&](bool up, std::string_view why) {
    if (!up) reason = why;
  });
  ASSERT_TRUE(wait_up(*link));
  EXPECT_NE(reason.find("LOADING"), std::string::npos) << "came up without ever being refused";
}

TEST_F(RedisLink, TriesAgainWhenTheServerHasTooManyClients) {
  RedisServer server;
  server.command({"CONFIG", "SET", "maxclients", "2"});
  const auto first = make_link(options_for(server));
  ASSERT_TRUE(wait_up(*first));
  const auto second = make_link(options_for(server));
  std::string reason;
  second->watch([&](bool up, std::string_view why) { reason = up ? "up" : why; });
  ASSERT_TRUE(run_until([&] { return reason.find("maxclients") != std::string::npos; }));
  server.command({"CONFIG", "SET", "maxclients", "10"});
  EXPECT_TRUE(wait_up(*second));
}

TEST_F(RedisLink, GivesUpOnAServerThatAcceptsAndSaysNothing) {
  boost::asio::ip::tcp::acceptor silent(context(), {boost::asio::ip::address_v4::loopback(), 0});
  redis::LinkOptions options;
  options.endpoint.host = "127.0.0.1";
  options.endpoint.port = silent.local_endpoint().port();
  options.connect_timeout = 50ms;
  const auto link = make_link(options);
  EXPECT_TRUE(run_until([&] { return logged("no answer to the handshake in time") == 1; }));
}

TEST_F(RedisLink, ItsEndDropsWhoStillWaits) {
  RedisServer server;
  auto link = make_link(options_for(server));
  ASSERT_TRUE(wait_up(*link));
  server.pause();
  bool called = false;
  link->send(Command("PING"), [&](const auto&) { called = true; });
  context().poll();
  link.reset();
  server.resume();
  const auto until = std::chrono::steady_clock::now() + 50ms;
  run_until([&] { return std::chrono::steady_clock::now() > until; });
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace rollcall::integration

#include "adapters/postgres/link.hpp"
#include "support/postgres_node.hpp"
#include "support/postgres_server.hpp"

#include <chrono>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

namespace rollcall::postgres {
namespace {

using support::PostgresNode;
using support::PostgresServer;

constexpr base::Millis kShortTimeout{400};

// A logger whose lines a test reads.
class LogFile {
 public:
  LogFile() : file_(::memfd_create("log", 0)) {}
  ~LogFile() { ::close(file_); }
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  base::Logger logger() const { return base::Logger(file_, base::LogLevel::debug); }
  std::string text() const {
    std::ifstream file("/proc/self/fd/" + std::to_string(file_));
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::size_t count(std::string_view words) const {
    const std::string all = text();
    std::size_t found = 0;
    for (auto at = all.find(words); at != std::string::npos; at = all.find(words, at + 1)) ++found;
    return found;
  }

 private:
  int file_;
};

class PostgresLink : public testing::Test {
 protected:
  static LinkOptions options(const std::string& url, base::Millis timeout) {
    LinkOptions link;
    link.url = url;
    link.timeout = timeout;
    return link;
  }

  std::unique_ptr<PostgresNode> connect(const std::string& url,
                                        base::Millis timeout = std::chrono::seconds(5)) {
    return std::make_unique<PostgresNode>(options(url, timeout), roster(), log.logger());
  }

  static PostgresRosterOptions roster() { return {"links", std::chrono::minutes(1)}; }

  // The answers to statements that are sent together.
  static std::vector<base::Result<Rows>> ask_all(PostgresNode& node,
                                                 const std::vector<Query>& queries) {
    auto answers = std::make_shared<std::vector<base::Result<Rows>>>();
    for (const Query& query : queries) {
      node.link().send(
          query, [answers](base::Result<Rows> rows) { answers->push_back(std::move(rows)); });
    }
    EXPECT_TRUE(answers->empty()) << "answered from within send()";
    EXPECT_TRUE(node.run_until([&] { return answers->size() == queries.size(); }));
    return std::move(*answers);
  }

  static base::Result<Rows> ask(PostgresNode& node, const Query& query) {
    return std::move(ask_all(node, {query}).front());
  }

  static bool comes_up(PostgresNode& node) {
    return node.run_until([&] { return ask(node, {"SELECT 1", {}}).ok(); });
  }

  // One for all tests that leave it as it was.
  static PostgresServer& server() {
    static PostgresServer running;
    return running;
  }

  LogFile log;
};

class PostgresLinkFaults : public PostgresLink {
 protected:
  PostgresServer own_server;
};

TEST_F(PostgresLink, AnErrorStaysWithItsStatement) {
  const auto node = connect(server().url());
  const auto answers = ask_all(*node, {{"SELECT $1::int8 + 1", {int8(41)}},
                                       {"SELECT 1 / 0", {}},
                                       {"SELECT $1::text[]", {text_array({"a\"b", "NULL", "\\"})}},
                                       {"SELECT '12x'::text::int", {}},
                                       {"SELECT nonsense", {}},
                                       {"SELECT true", {}}});
  ASSERT_EQ(answers.size(), 6U);
  ASSERT_TRUE(answers[0].ok()) << answers[0].error().message;
  EXPECT_EQ(answers[0].value().integer(0, 0), 42);
  ASSERT_FALSE(answers[1].ok());
  EXPECT_EQ(answers[1].error().kind, base::Errc::unavailable);
  EXPECT_EQ(answers[1].error().code, "postgres_unavailable");
  EXPECT_NE(answers[1].error().message.find("22012"), std::string::npos);
  ASSERT_TRUE(answers[2].ok());
  EXPECT_EQ(answers[2].value().text(0, 0), R"({"a\"b","NULL","\\"})");
  ASSERT_FALSE(answers[3].ok());
  EXPECT_EQ(answers[3].error().message.find("12x"), std::string::npos) << "a value was quoted";
  EXPECT_FALSE(answers[4].ok());
  ASSERT_TRUE(answers[5].ok());
  EXPECT_TRUE(answers[5].value().flag(0, 0));
  EXPECT_EQ(node->link().counters().errors.get(), 3U);
}

TEST_F(PostgresLink, MoreThanTheSocketHoldsGoesBothWays) {
  const auto node = connect(server().url());
  const std::string big(8 << 20, 'x');
  std::vector<Query> queries;
  for (int i = 0; i < 6; ++i) queries.push_back({"SELECT $1 || 'y'", {text(big)}});
  for (const auto& answer : ask_all(*node, queries)) {
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(answer.value().text(0, 0), big + "y");
  }
}

TEST_F(PostgresLink, ServesASocketInTheFileSystemToo) {
  const auto node = connect(server().socket_url());
  EXPECT_TRUE(ask(*node, {"SELECT 1", {}}).ok());
}

TEST_F(PostgresLink, NamesItselfToTheServer) {
  const auto node = connect(server().url());
  const auto name = ask(*node, {"SELECT current_setting('application_name')", {}});
  ASSERT_TRUE(name.ok());
  EXPECT_EQ(name.value().text(0, 0), "rollcall");
}

TEST_F(PostgresLink, AWrongPasswordFailsWithoutBeingLogged) {
  const auto node = connect(server().url_as("rollcall", "some-hunter3"));
  const auto first = ask(*node, {"SELECT 1", {}});
  ASSERT_FALSE(first.ok());
  EXPECT_EQ(first.error().kind, base::Errc::unavailable);
  EXPECT_NE(first.error().message.find("password authentication failed"), std::string::npos)
      << first.error().message;
  EXPECT_FALSE(ask(*node, {"SELECT 1", {}}).ok());
  EXPECT_FALSE(node->link().is_up());
  EXPECT_EQ(log.count("postgres is down"), 1U) << log.text();
  EXPECT_EQ(log.text().find("some-hunter3"), std::string::npos);
}

TEST_F(PostgresLinkFaults, ComesBackAfterTheServerWasKilled) {
  const auto node = connect(own_server.url());
  ASSERT_TRUE(comes_up(*node));
  own_server.kill();
  ASSERT_TRUE(node->run_until([&] { return !ask(*node, {"SELECT 1", {}}).ok(); }));
  for (int i = 0; i < 20; ++i) {
    const auto answer = ask(*node, {"SELECT 1", {}});
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().kind, base::Errc::unavailable);
  }
  own_server.start();
  EXPECT_TRUE(comes_up(*node));
  EXPECT_EQ(log.count("postgres is up"), 2U) << log.text();
  EXPECT_EQ(node->link().counters().connects.get(), 2U);
}

TEST_F(PostgresLink, AConnectionThatTheServerEndsIsMadeAnew) {
  const auto node = connect(server().url());
  ASSERT_TRUE(comes_up(*node));
  const auto ended =
      ask(*node, {"SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(5)", {}});
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().kind, base::Errc::unavailable);
  EXPECT_NE(ended.error().message.find("57P01"), std::string::npos) << ended.error().message;
  const auto next = ask(*node, {"SELECT 1", {}});
  EXPECT_TRUE(next.ok()) << "a query waits for the new connection";
}

TEST_F(PostgresLinkFaults, AServerThatHangsAnswersEveryCallerWithTimeout) {
  const auto node = connect(own_server.url(), kShortTimeout);
  ASSERT_TRUE(comes_up(*node));
  own_server.pause();
  const auto begin = std::chrono::steady_clock::now();
  const std::vector<Query> queries(10, Query{"SELECT 1", {}});
  for (const auto& answer : ask_all(*node, queries)) {
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().kind, base::Errc::timeout);
    EXPECT_EQ(answer.error().code, "postgres_timeout");
  }
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, kShortTimeout);
  EXPECT_LT(took, kShortTimeout * 4);
  EXPECT_EQ(node->link().counters().timeouts.get(), 1U);

  const auto refused = ask(*node, {"SELECT 1", {}});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, base::Errc::unavailable) << "it was never sent";
  own_server.resume();
  EXPECT_TRUE(comes_up(*node));
}

TEST_F(PostgresLink, TheServerGivesUpAStatementAsWell) {
  const auto node = connect(server().url(), kShortTimeout);
  ASSERT_TRUE(comes_up(*node));
  const auto late = ask(*node, {"SELECT pg_sleep(60)", {}});
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().kind, base::Errc::timeout);
  EXPECT_TRUE(node->run_until([&] {
    return server().query(
               "SELECT count(*) FROM pg_stat_activity"
               " WHERE state = 'active' AND query LIKE 'SELECT pg_sleep%'") == "0";
  }));
}

TEST_F(PostgresLink, ItsQueueHasALimit) {
  LinkOptions link = options(server().url(), std::chrono::seconds(5));
  link.max_queries = 3;
  PostgresNode node(link, roster(), log.logger());
  const std::vector<Query> queries(5, Query{"SELECT 1", {}});
  std::size_t overloaded = 0;
  for (const auto& answer : ask_all(node, queries)) {
    if (!answer.ok() && answer.error().kind == base::Errc::overloaded) ++overloaded;
  }
  EXPECT_EQ(overloaded, 2U);
}

TEST_F(PostgresLink, ItsEndAnswersWhoWaits) {
  int answers = 0;
  {
    const auto node = connect(server().url());
    node->link().send({"SELECT pg_sleep(60)", {}}, [&](const base::Result<Rows>& rows) {
      EXPECT_FALSE(rows.ok());
      ++answers;
    });
    ASSERT_TRUE(node->run_until([&] { return node->link().counters().queries.get() > 1; }));
    EXPECT_EQ(answers, 0);
  }
  EXPECT_EQ(answers, 1);
}

}  // namespace
}  // namespace rollcall::postgres

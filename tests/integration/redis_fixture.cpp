#include "integration/redis_fixture.hpp"

#include <sys/mman.h>
#include <unistd.h>

namespace rollcall::integration {

using namespace std::chrono_literals;

RedisFixture::RedisFixture() : log_(::memfd_create("log", 0)), logger_(log_) {}

RedisFixture::~RedisFixture() {
  ::close(log_);
}

bool RedisFixture::run_until(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) {
      ADD_FAILURE() << "nothing came of it in time";
      return false;
    }
    context_.restart();
    if (context_.poll() == 0) context_.run_one_for(10ms);
  }
  return true;
}

redis::LinkOptions RedisFixture::options_for(const support::RedisServer& server) const {
  redis::LinkOptions options;
  options.endpoint = server.endpoint();
  options.connect_timeout = 5s;
  options.command_timeout = 5s;
  options.backoff_max = 50ms;
  return options;
}

std::unique_ptr<redis::Link> RedisFixture::make_link(redis::LinkOptions options) {
  auto link = std::make_unique<redis::Link>(std::move(options), context_, logger_);
  link->start();
  return link;
}

bool RedisFixture::wait_up(redis::Link& link) {
  return run_until([&] { return link.is_up(); });
}

bool RedisFixture::wait_down(redis::Link& link) {
  return run_until([&] { return !link.is_up(); });
}

base::Result<redis::RespValue> RedisFixture::ask(redis::Link& link,
                                                 const redis::Command& command) {
  return wait<redis::RespValue>([&](auto reply) { link.send(command, std::move(reply)); });
}

std::unique_ptr<redis::RedisRosterStore> RedisFixture::make_store(
    redis::Link& link, redis::RedisRosterOptions options) {
  if (options.layout.key.empty()) options.layout.key = "online_sessions";
  if (options.layout.ttl == 0ms) options.layout.ttl = 15min;
  return std::make_unique<redis::RedisRosterStore>(std::move(options), link, context_, logger_);
}

base::Result<core::Answer> RedisFixture::touch(ports::RosterStore& store, std::string_view who,
                                               base::Millis age) {
  return wait<core::Answer>([&](auto reply) { store.touch(member(who), age, std::move(reply)); });
}

base::Result<core::Answer> RedisFixture::leave(ports::RosterStore& store, std::string_view who) {
  return wait<core::Answer>([&](auto reply) { store.leave(member(who), std::move(reply)); });
}

base::Result<core::Answer> RedisFixture::count(ports::RosterStore& store) {
  return wait<core::Answer>([&](auto reply) { store.count(std::move(reply)); });
}

bool RedisFixture::is_live(ports::RosterStore& store, std::string_view who) {
  using Sightings = std::vector<std::optional<ports::Sighting>>;
  const auto seen =
      wait<Sightings>([&](auto reply) { store.is_live({member(who)}, std::move(reply)); });
  EXPECT_TRUE(seen.ok());
  return seen.ok() && seen.value().at(0).has_value();
}

std::vector<std::string> RedisFixture::list(ports::RosterStore& store, std::size_t limit) {
  std::vector<std::string> members;
  std::string cursor;
  do {
    const auto page =
        wait<ports::MemberPage>([&](auto reply) { store.list(cursor, limit, std::move(reply)); });
    if (!page) {
      ADD_FAILURE() << page.error().message;
      return members;
    }
    for (const core::MemberId& id : page.value().members) members.push_back(id.text());
    cursor = page.value().next;
  } while (!cursor.empty());
  return members;
}

std::size_t RedisFixture::logged(std::string_view text) const {
  std::string log(static_cast<std::size_t>(::lseek(log_, 0, SEEK_END)), '\0');
  if (::pread(log_, log.data(), log.size(), 0) < 0) return 0;
  std::size_t times = 0;
  for (auto at = log.find(text); at != std::string::npos; at = log.find(text, at + 1)) ++times;
  return times;
}

core::MemberId RedisFixture::member(std::string_view text) {
  return core::MemberId::parse(text).value();
}

}  // namespace rollcall::integration

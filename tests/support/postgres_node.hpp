#pragma once

#include "adapters/postgres/link.hpp"
#include "adapters/postgres/roster_store.hpp"
#include "base/log.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include <boost/asio/io_context.hpp>

namespace rollcall::support {

// A node as PostgreSQL sees one: a loop, a link and a roster store. The loop runs only while a
// test waits for something.
class PostgresNode {
 public:
  static constexpr std::chrono::seconds kPatience{10};

  PostgresNode(postgres::LinkOptions link, postgres::PostgresRosterOptions roster,
               base::Logger logger = base::Logger(2, base::LogLevel::off))
      : logger_(logger),
        link_(std::move(link), context_, logger_),
        store_(std::move(roster), link_, context_, logger_) {
    link_.start();
  }

  boost::asio::io_context& context() { return context_; }
  postgres::Link& link() { return link_; }
  postgres::PostgresRosterStore& store() { return store_; }

  // Runs what is ready; when nothing is, waits 1 ms at most.
  void pump() {
    context_.restart();
    context_.run_one_for(std::chrono::milliseconds(1));
    context_.poll();
  }

  // False when the condition does not come true in time.
  [[nodiscard]] bool run_until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      pump();
    }
    return true;
  }

  // The one reply to `call`.
  template <typename T>
  base::Result<T> wait(const std::function<void(ports::Reply<T>)>& call) {
    auto outcome = std::make_shared<std::optional<base::Result<T>>>();
    call([outcome](base::Result<T> result) { outcome->emplace(std::move(result)); });
    if (run_until([&] { return outcome->has_value(); })) return **outcome;
    return base::Error{base::Errc::internal, "no_reply", "no reply came"};
  }

  base::Result<postgres::Rows> link_answer(postgres::Query query) {
    auto outcome = std::make_shared<std::optional<base::Result<postgres::Rows>>>();
    link_.send(std::move(query), [outcome](base::Result<postgres::Rows> rows) {
      outcome->emplace(std::move(rows));
    });
    if (run_until([&] { return outcome->has_value(); })) return std::move(**outcome);
    return base::Error{base::Errc::internal, "no_reply", "no reply came"};
  }

  base::Result<core::Answer> touch(const std::string& id, base::Millis age = {}) {
    return wait<core::Answer>([&](auto reply) {
      store_.touch(core::MemberId::parse(id).value(), age, std::move(reply));
    });
  }

  base::Result<core::Answer> leave(const std::string& id) {
    return wait<core::Answer>(
        [&](auto reply) { store_.leave(core::MemberId::parse(id).value(), std::move(reply)); });
  }

  // Rounds of changes at once, of members that other nodes change too, in an order of its own; one
  // in `leave_one_in` is a leave. Returns how many were written.
  std::size_t change_in_any_order(std::uint32_t seed, std::size_t rounds, std::size_t members,
                                  std::uint32_t leave_one_in) {
    std::mt19937 random(seed);
    std::size_t written = 0;
    for (std::size_t round = 0; round < rounds; ++round) {
      std::size_t answered = 0;
      for (std::size_t i = 0; i < members; ++i) {
        auto member = core::MemberId::parse("m" + std::to_string(random() % members)).value();
        const bool is_leave = random() % leave_one_in == 0;
        store_.change({std::move(member), is_leave},
                      [&](const base::Result<core::Answer>& answer) {
                        ++answered;
                        if (answer.ok()) ++written;
                      });
      }
      if (!run_until([&] { return answered == members; })) return written;
    }
    return written;
  }

  base::Result<core::Answer> count() {
    return wait<core::Answer>([&](auto reply) { store_.count(std::move(reply)); });
  }

 private:
  boost::asio::io_context context_;
  base::Logger logger_;
  postgres::Link link_;
  postgres::PostgresRosterStore store_;
};

}  // namespace rollcall::support

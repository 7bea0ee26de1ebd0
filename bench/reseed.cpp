// A Redis with a million members is emptied: how long until a node has filled it again from its
// shadow, and how long another client's command waited meanwhile. Prints a line of JSON.
//   reseed PORT [members]

#include "adapters/redis/link.hpp"
#include "adapters/redis/roster_store.hpp"
#include "checked.hpp"
#include "service/handover_store.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rollcall::bench {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kWaves = 4;  // batches' worth of callers that wait at once

double ms_since(steady_clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(steady_clock::now() - begin).count();
}

void stay_on_core(std::size_t core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  ::pthread_setaffinity_np(::pthread_self(), sizeof(cores), &cores);
}

// Another client, which asks for little and often.
class Bystander {
 public:
  explicit Bystander(std::uint16_t port)
      : socket_(checked(::socket(AF_INET, SOCK_STREAM, 0), "socket")) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    checked(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), "connect");
  }
  ~Bystander() { ::close(socket_); }
  Bystander(const Bystander&) = delete;
  Bystander& operator=(const Bystander&) = delete;

  void ask(std::string_view command) {
    checked(static_cast<int>(::send(socket_, command.data(), command.size(), 0)), "send");
    char reply[64];
    checked(static_cast<int>(::recv(socket_, reply, sizeof(reply), 0)), "recv");
  }

  // The waits in ms, until `stop`.
  std::vector<double> ask_until(const std::atomic<bool>& stop) {
    std::vector<double> waits;
    while (!stop) {
      const auto begin = steady_clock::now();
      ask("PING\r\n");
      waits.push_back(ms_since(begin));
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return waits;
  }

 private:
  int socket_;
};

class Node {
 public:
  Node(std::uint16_t port, std::size_t members)
      : link_(link_options(port), loop_, logger_),
        store_(roster_options(), link_, loop_, logger_) {
    service::HandoverStore::Options options;
    options.roster = "reseed";
    options.handover.ttl = kTtl;
    options.max_members = members;
    handover_ = std::make_unique<service::HandoverStore>(
        options, service::HandoverStore::Stores{store_, nullptr, nullptr},
        std::make_shared<core::ShardCounts>(1), 0, hash_, clock_,
        [](const core::Handover::Change&) {});
    link_.start();
    while (!link_.is_up()) loop_.run_one();
  }
  ~Node() { handover_->close(); }

  void fill(std::size_t members) {
    for (std::size_t next = 0; next < members;) {
      std::size_t waiting = 0;
      for (; waiting < kWaves * 1000 && next < members; ++next, ++waiting) {
        const auto text = fmt::format("{:08x}-0000-4000-8000-{:012x}", next * 2654435761U, next);
        handover_->touch(core::MemberId::parse(text).value(), base::Millis{0},
                         [&waiting](const base::Result<core::Answer>& answer) {
                           if (!answer) throw std::runtime_error(answer.error().message);
                           --waiting;
                         });
      }
      while (waiting > 0) loop_.run_one();
    }
  }

  // Ticks until an answer is exact again with all members; it must have been otherwise before.
  void recover(std::size_t members) {
    bool was_lost = false;
    while (true) {
      handover_->tick();
      if (handover_->state() == core::Handover::State::recovering) was_lost = true;
      const bool is_back = handover_->state() == core::Handover::State::normal;
      if (was_lost && is_back && count() == members) return;
      boost::asio::steady_timer timer(loop_, std::chrono::milliseconds(100));
      bool is_due = false;
      timer.async_wait([&is_due](const boost::system::error_code&) { is_due = true; });
      while (!is_due) loop_.run_one();
    }
  }

 private:
  static constexpr base::Millis kTtl = std::chrono::minutes(15);

  static redis::LinkOptions link_options(std::uint16_t port) {
    redis::LinkOptions options;
    options.endpoint = redis::parse_url(fmt::format("redis://127.0.0.1:{}", port)).value();
    return options;
  }
  static redis::RedisRosterOptions roster_options() {
    redis::RedisRosterOptions options;
    options.layout = {"reseed", kTtl, redis::ScoreUnit::milliseconds, base::Millis(0)};
    return options;
  }

  std::uint64_t count() {
    std::optional<std::uint64_t> online;
    store_.count([&online](const base::Result<core::Answer>& answer) {
      online = answer ? answer.value().online : 0;
    });
    while (!online) loop_.run_one();
    return *online;
  }

  boost::asio::io_context loop_;
  base::Logger logger_;
  base::SteadyClock clock_;
  core::MemberHash hash_{1};
  redis::Link link_;
  redis::RedisRosterStore store_;
  std::unique_ptr<service::HandoverStore> handover_;
};

void measure(std::uint16_t port, std::size_t members) {
  stay_on_core(0);
  Node node(port, members);
  node.fill(members);
  Bystander bystander(port);
  bystander.ask("FLUSHALL ASYNC\r\n");
  std::atomic<bool> stop{false};
  std::vector<double> waits;
  std::thread asking([&] {
    stay_on_core(1);
    waits = bystander.ask_until(stop);
  });
  const auto begin = steady_clock::now();
  node.recover(members);
  const double seconds = ms_since(begin) / 1000;
  stop = true;
  asking.join();
  std::sort(waits.begin(), waits.end());
  fmt::print(R"({{"name":"reseed","filled":{},"seconds":{:.2f},"wait_p99_ms":{:.2f},)"
             R"("wait_max_ms":{:.2f}}})"
             "\n",
             members, seconds, waits[waits.size() * 99 / 100], waits.back());
}

}  // namespace
}  // namespace rollcall::bench

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: reseed PORT [members]\n");
    return EXIT_FAILURE;
  }
  const auto port = static_cast<std::uint16_t>(std::strtoul(argv[1], nullptr, 10));
  const std::size_t members = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 1'000'000;
  rollcall::bench::measure(port, members);
}

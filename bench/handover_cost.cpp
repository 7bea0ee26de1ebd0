// What the hand-over adds to a heartbeat while nothing is broken: CPU time of touches through it
// and without it, over a store that costs nothing. Prints a line of JSON.

#include "service/handover_store.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <memory>
#include <vector>

#include <fmt/format.h>

namespace rollcall::bench {
namespace {

constexpr std::size_t kMembers = 20'000;
constexpr std::size_t kTouches = 1'000'000;
constexpr int kRounds = 5;

double cpu_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

// Answers at once, and keeps nothing.
class FreeStore final : public ports::SharedRosterStore {
 public:
  void touch(core::MemberId member, base::Millis age, ports::Reply<core::Answer> reply) override {
    change({std::move(member), false, age}, std::move(reply));
  }
  void leave(core::MemberId member, ports::Reply<core::Answer> reply) override {
    change({std::move(member), true, base::Millis{0}}, std::move(reply));
  }
  void change(core::Change, ports::Reply<core::Answer> reply) override {
    reply(core::Answer{kMembers, core::Source::redis, core::Certainty::exact});
  }
  void count(ports::Reply<core::Answer> reply) override {
    reply(core::Answer{kMembers, core::Source::redis, core::Certainty::exact});
  }
  void is_live(std::vector<core::MemberId>,
               ports::Reply<std::vector<std::optional<ports::Sighting>>>) override {}
  void list(std::string, std::size_t, ports::Reply<ports::MemberPage>) override {}
  void reset(ports::Reply<base::Done>) override {}
  bool partitioned() const override { return false; }
  void merge(ports::Merge, ports::Reply<base::Done>) override {}
  void probe(ports::Reply<base::Done>) override {}
  void changes(std::string, std::string, ports::Reply<ports::ChangesPage>) override {}
  void listen(ports::StoreEars&) override {}
};

std::vector<core::MemberId> sessions() {
  std::vector<core::MemberId> ids;
  for (std::size_t i = 0; i < kMembers; ++i) {
    const auto text = fmt::format("{:08x}-0000-4000-8000-{:012x}", i * 2654435761U, i);
    ids.push_back(core::MemberId::parse(text).value());
  }
  return ids;
}

double ns_a_touch(ports::RosterStore& store, const std::vector<core::MemberId>& ids) {
  std::uint64_t counted = 0;
  const double begin = cpu_ns();
  for (std::size_t i = 0; i < kTouches; ++i) {
    store.touch(ids[i * 7919 % ids.size()], base::Millis{0},
                [&counted](const base::Result<core::Answer>& answer) {
                  counted += answer.value().online;
                });
  }
  const double took = cpu_ns() - begin;
  if (counted != kTouches * kMembers) throw std::runtime_error("a touch was not answered");
  return took / static_cast<double>(kTouches);
}

void measure() {
  const auto ids = sessions();
  const base::SteadyClock clock;
  const core::MemberHash hash(1);
  FreeStore bare;
  service::HandoverStore::Options options;
  options.handover.ttl = std::chrono::minutes(15);
  options.max_members = 2 * kMembers;
  service::HandoverStore handover(options, {bare, nullptr, nullptr},
                                  std::make_shared<core::ShardCounts>(1), 0, hash, clock,
                                  [](const core::Handover::Change&) {});
  std::vector<double> extra;
  for (int round = 0; round < kRounds; ++round) {
    const double without = ns_a_touch(bare, ids);
    extra.push_back(ns_a_touch(handover, ids) - without);
  }
  std::sort(extra.begin(), extra.end());
  const double median = extra[extra.size() / 2];
  fmt::print(R"({{"name":"hand-over","extra_ns":{:.0f},"requests_per_server_cpu_s":{:.0f}}})"
             "\n",
             median, 1e9 / median);
}

}  // namespace
}  // namespace rollcall::bench

int main() {
  rollcall::bench::measure();
}

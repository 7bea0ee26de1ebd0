// What a roster in memory costs: bytes a member, and nanoseconds of CPU a touch and a count at
// 1,000 and at 1,000,000 members. Prints a line of JSON for each size.

#include "core/member.hpp"
#include "core/roster.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

namespace rollcall::bench {
namespace {

// This thread's CPU time: what other programs take meanwhile is not the roster's.
struct CpuClock {
  using duration = std::chrono::nanoseconds;
  static duration now() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + duration(time.tv_nsec);
  }
};

using base::Millis;

constexpr Millis kTtl = std::chrono::minutes(15);
constexpr std::size_t kMaxMembers = 5'000'000;
constexpr std::size_t kTouches = 2'000'000;

std::size_t resident_bytes() {
  std::size_t total_pages = 0;
  std::size_t resident_pages = 0;
  std::ifstream("/proc/self/statm") >> total_pages >> resident_pages;
  return resident_pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::string random_uuid(std::mt19937_64& random) {
  const std::uint64_t a = random();
  const std::uint64_t b = random();
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", a >> 32, a >> 16 & 0xffff, a & 0xfff,
                     0x8000 | (b >> 48 & 0x3fff), b & 0xffffffffffff);
}

double nanoseconds_each(CpuClock::duration elapsed, std::size_t times) {
  return std::chrono::duration<double, std::nano>(elapsed).count() / static_cast<double>(times);
}

struct Growth {
  double bytes_each = 0;
  double worst_touch_us = 0;
};

struct Steady {
  double touch_ns = 0;
  double read_ids_ns = 0;  // of a touch: reading the caller's ids in random order
  double count_ns = 0;
};

Growth grow(core::Roster& roster, const std::vector<std::string>& ids, base::WallTime now) {
  Growth growth;
  const std::size_t before = resident_bytes();
  CpuClock::duration last = CpuClock::now();
  CpuClock::duration worst{};
  for (const std::string& id : ids) {
    static_cast<void>(roster.touch(id, now, now));
    const CpuClock::duration time = CpuClock::now();
    worst = std::max(worst, time - last);
    last = time;
  }
  growth.bytes_each =
      static_cast<double>(resident_bytes() - before) / static_cast<double>(ids.size());
  growth.worst_touch_us = nanoseconds_each(worst, 1) / 1000;
  return growth;
}

// As the store does it for a heartbeat: expire, touch, count; members in random order.
Steady beat(core::Roster& roster, const std::vector<std::string>& ids, base::WallTime now) {
  std::mt19937_64 random(7);
  std::vector<std::uint32_t> order(kTouches);
  for (auto& place : order) place = static_cast<std::uint32_t>(random() % ids.size());
  Steady steady;
  std::uint64_t sum = 0;
  auto start = CpuClock::now();
  for (const std::uint32_t place : order) sum += static_cast<unsigned char>(ids[place].back());
  steady.read_ids_ns = nanoseconds_each(CpuClock::now() - start, kTouches);

  start = CpuClock::now();
  for (std::size_t i = 0; i < kTouches; ++i) {
    if (i % 1024 == 0) now += Millis{1};
    roster.expire(now, [&](std::string_view) { ++sum; });
    static_cast<void>(roster.touch(ids[order[i]], now, now));
    sum += roster.count(now);
  }
  steady.touch_ns = nanoseconds_each(CpuClock::now() - start, kTouches);

  start = CpuClock::now();
  for (std::size_t i = 0; i < kTouches; ++i) {
    sum += roster.count(now);
    asm volatile("" : : "r"(sum) : "memory");  // one count at a time
  }
  steady.count_ns = nanoseconds_each(CpuClock::now() - start, kTouches);
  return steady;
}

void measure(std::size_t members) {
  std::mt19937_64 random(members);
  std::vector<std::string> ids(members);
  for (auto& id : ids) id = random_uuid(random);
  core::Roster roster(kTtl, kMaxMembers, core::MemberHash(random()));
  const base::WallTime now{std::chrono::hours(24)};
  const Growth growth = grow(roster, ids, now);
  const Steady steady = beat(roster, ids, now);
  fmt::print(
      R"({{"name":"roster_memory","members":{},"bytes_a_member":{:.1f},"worst_touch_us":{:.0f},)"
      R"("touch_ns":{:.1f},"of_it_reading_ids_ns":{:.1f},"count_ns":{:.2f}}})"
      "\n",
      members, growth.bytes_each, growth.worst_touch_us, steady.touch_ns, steady.read_ids_ns,
      steady.count_ns);
}

}  // namespace
}  // namespace rollcall::bench

int main() {
  rollcall::bench::measure(1'000'000);  // first: freed memory of another would hide its cost
  rollcall::bench::measure(1'000);
  return 0;
}

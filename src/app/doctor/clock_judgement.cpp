#include "app/doctor/clock_judgement.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace rollcall::app {
namespace {

constexpr base::Millis kUsual{1'000};
constexpr base::Millis kMost{10'000};  // scores further ahead are pulled back

}  // namespace

void judge_clock(std::string_view whose, base::Millis ahead, base::Millis doubt,
                 Findings& findings) {
  const base::Millis off = ahead < base::Millis(0) ? -ahead : ahead;
  const base::Millis surely = std::max(off - doubt, base::Millis(0));
  if (surely < kUsual) {
    return findings.ok("clock", fmt::format("{}'s clock and this machine's agree within {} ms",
                                            whose, (off + doubt).count()));
  }
  const std::string what = fmt::format("{}'s clock is {} ms {} this machine's", whose, off.count(),
                                       ahead < base::Millis(0) ? "behind" : "ahead of");
  const std::string mend = "keep both by NTP (chrony, systemd-timesyncd)";
  if (surely < kMost) {
    return findings.warning(
        "clock", what + ": one of them is wrong, and tokens and histories go by both", mend);
  }
  findings.problem(
      "clock",
      what + ": one of them is wrong; tokens expire early or late, and ages in outages are wrong",
      mend);
}

}  // namespace rollcall::app

#include "app/doctor/machine_judgement.hpp"

#include "app/node/file_limit.hpp"

#include <fmt/format.h>

namespace rollcall::app {

void judge(const MachineFacts& machine, const Config& config, Findings& findings) {
  const std::uint64_t needed = files_needed(config);
  const std::optional<std::uint64_t> files =
      machine.server_files ? machine.server_files : machine.own_files;
  const std::string_view who = machine.server_files ? "the server" : "a server started from here";
  if (files && *files < needed) {
    findings.warning("files",
                     fmt::format("{} may open {} files, and limits.connections = {} needs {}", who,
                                 *files, config.limits.connections, needed),
                     fmt::format("LimitNOFILE={} in its systemd unit, ulimit -Hn before it, or "
                                 "a lower limits.connections",
                                 needed));
  } else if (files) {
    findings.ok("files",
                fmt::format("{} may open {} files, enough for limits.connections", who, *files));
  }
  if (machine.is_clock_synchronized && !*machine.is_clock_synchronized) {
    findings.note("clock", "the kernel does not know this machine's clock to be kept by NTP",
                  "run chrony or systemd-timesyncd, unless the host of a container does");
  }
}

}  // namespace rollcall::app

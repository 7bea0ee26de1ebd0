#include "app/doctor/machine_judgement.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

#include <sys/resource.h>
#include <sys/timex.h>

namespace rollcall::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kListening = "0A";

std::optional<std::uint16_t> port_of(const std::string& listen) {
  const std::size_t colon = listen.rfind(':');
  std::uint16_t port = 0;
  const char* const end = listen.data() + listen.size();
  if (colon == std::string::npos) return std::nullopt;
  const auto [stop, error] = std::from_chars(listen.data() + colon + 1, end, port);
  return error == std::errc{} && stop == end && port > 0 ? std::optional(port) : std::nullopt;
}

// The sockets that listen at a port, as /proc/net/tcp lists them (proc(5)).
void add_listeners(const char* table, std::uint16_t port, std::set<std::string>& sockets) {
  std::ifstream file(table);
  std::string line;
  std::getline(file, line);  // titles
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string number, local, remote, state, queues, timer, retransmits, user, timeout, inode;
    words >> number >> local >> remote >> state >> queues >> timer >> retransmits >> user >>
        timeout >> inode;
    const std::string digits = local.substr(local.find(':') + 1);
    unsigned found = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), found, 16);
    if (state == kListening && found == port) sockets.insert("socket:[" + inode + "]");
  }
}

// Other users' processes show their files to root only.
bool holds_one_of(const fs::path& process, const std::set<std::string>& sockets) {
  std::error_code error;
  for (fs::directory_iterator file(process / "fd", error), end; !error && file != end;
       file.increment(error)) {
    std::error_code unread;
    if (sockets.contains(fs::read_symlink(file->path(), unread).string())) return true;
  }
  return false;
}

std::optional<std::uint64_t> file_limit_of(const fs::path& process) {
  constexpr std::string_view kTitle = "Max open files";
  std::ifstream limits(process / "limits");
  for (std::string line; std::getline(limits, line);) {
    if (!line.starts_with(kTitle)) continue;
    std::istringstream words(line.substr(kTitle.size()));
    std::uint64_t most = 0;
    if (words >> most) return most;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> files_of_listener(std::uint16_t port) {
  std::set<std::string> sockets;
  add_listeners("/proc/net/tcp", port, sockets);
  add_listeners("/proc/net/tcp6", port, sockets);
  if (sockets.empty()) return std::nullopt;
  std::error_code error;
  for (fs::directory_iterator process("/proc", error), end; !error && process != end;
       process.increment(error)) {
    if (holds_one_of(process->path(), sockets)) return file_limit_of(process->path());
  }
  return std::nullopt;
}

}  // namespace

MachineFacts inspect_machine(const Config& config) {
  MachineFacts machine;
  if (const auto port = port_of(config.server.listen)) {
    machine.server_files = files_of_listener(*port);
  }
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) machine.own_files = files.rlim_max;
  timex clock{};
  const int state = ::adjtimex(&clock);
  if (state != -1) machine.is_clock_synchronized = state != TIME_ERROR;
  return machine;
}

}  // namespace rollcall::app

#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <string>
#include <string_view>
#include <utility>

#include <sys/types.h>

namespace rollcall::app {

// What systemd gives a service of Type=notify in its environment.
struct Supervision {
  std::string socket;        // $NOTIFY_SOCKET: "/path", "@name" of an abstract one, or none
  base::Millis watchdog{0};  // $WATCHDOG_USEC, when it is meant for this process; 0: no watchdog
};
Supervision supervision_of_environment();

// $WATCHDOG_USEC as time, rounded down; 0 when it is absent or no number, or when $WATCHDOG_PID
// names another process than `own`.
base::Millis watchdog_interval(const char* usec, const char* pid, pid_t own);

// Tells the supervisor how the process fares, one datagram a notice. Says nothing when there is no
// supervisor; one that does not read is waited for during kPatience.
class ServiceNotice {
 public:
  static constexpr base::Millis kPatience{1000};

  explicit ServiceNotice(std::string socket) : socket_(std::move(socket)) {}

  base::Status ready(std::string_view status) const;
  base::Status reloading() const;  // ready() follows
  // `allowed`: the process ends within this time, or may be killed.
  base::Status stopping(base::Millis allowed) const;
  base::Status alive() const;

 private:
  base::Status send(const std::string& text) const;

  std::string socket_;
};

}  // namespace rollcall::app

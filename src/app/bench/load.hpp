#pragma once

#include "app/bench/net.hpp"
#include "app/bench/summary.hpp"

#include <string>

namespace rollcall::bench {

// A load on its way. All calls come on the loop of its Net.
class Load {
 public:
  virtual ~Load() = default;

  virtual void start() = 0;
  // Every few milliseconds: whatever goes by time.
  virtual void tick(SteadyTime now) = 0;
  // Begins nothing more, and ends what is under way in its order.
  virtual void stop() = 0;
  virtual bool is_finished() const = 0;

  virtual std::string progress() const = 0;  // a line
  virtual Summary summary() const = 0;
};

// Runs it to its end, or until SIGINT or SIGTERM stops it; a second signal ends it at once.
// Progress goes to standard error, if that is a terminal.
void run(Net& net, Load& load);

}  // namespace rollcall::bench

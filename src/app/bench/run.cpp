#include "app/bench/load.hpp"
#include "app/command/progress_line.hpp"

#include <csignal>

#include <boost/asio/signal_set.hpp>

namespace rollcall::bench {

using boost::system::error_code;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds kTick{20};
constexpr std::chrono::seconds kProgress{1};

class Runner {
 public:
  Runner(Net& net, Load& load) : net_(net), load_(load) {}

  void run() {
    wait_for_signal();
    load_.start();
    tick();
    net_.loop->run();
  }

 private:
  void wait_for_signal() {
    signals_.async_wait([this](error_code error, int) {
      if (error) return;
      if (is_stopped_) return net_.loop->stop();
      is_stopped_ = true;
      load_.stop();
      wait_for_signal();
    });
  }

  void tick() {
    const SteadyTime now = steady_clock::now();
    load_.tick(now);
    if (load_.is_finished()) return net_.loop->stop();
    if (now >= next_progress_) {
      if (next_progress_ != SteadyTime{}) line_.show(load_.progress());
      next_progress_ = now + kProgress;
    }
    timer_.expires_at(now + kTick);
    timer_.async_wait([this](error_code error) {
      if (!error) tick();
    });
  }

  Net& net_;
  Load& load_;
  boost::asio::signal_set signals_{*net_.loop, SIGINT, SIGTERM};
  Timer timer_{*net_.loop};
  app::ProgressLine line_;
  SteadyTime next_progress_{};
  bool is_stopped_ = false;
};

}  // namespace

void run(Net& net, Load& load) {
  Runner(net, load).run();
}

}  // namespace rollcall::bench

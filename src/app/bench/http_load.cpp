#include "app/bench/http_load.hpp"

#include <optional>
#include <utility>

#include <fmt/format.h>

namespace rollcall::bench {

using boost::system::error_code;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds kPatience{10};     // for an answer
constexpr std::chrono::milliseconds kSlack{100};  // what was due for less is not missed
constexpr std::chrono::milliseconds kPause{100};  // before a connection is made anew

Micros since(SteadyTime then) {
  return std::chrono::duration_cast<Micros>(steady_clock::now() - then);
}

}  // namespace

struct HttpLoad::Caller {
  explicit Caller(const Net& net) : pause(*net.loop) {}

  std::shared_ptr<Wire> wire;
  std::unique_ptr<ReplyReader> reader;
  Timer pause;
  bool is_busy = false;
  std::uint64_t number = 0;
  SteadyTime due{};
  SteadyTime sent{};
};

HttpLoad::HttpLoad(const Net& net, std::size_t connections, Schedule schedule, Work work)
    : net_(net), schedule_(schedule), work_(std::move(work)), due_timer_(*net.loop) {
  for (std::size_t i = 0; i < connections; ++i) callers_.push_back(std::make_unique<Caller>(net));
}

HttpLoad::~HttpLoad() {
  for (const auto& caller : callers_) {
    if (caller->wire) caller->wire->close();
  }
}

void HttpLoad::start() {
  schedule_.start(steady_clock::now());
  for (const auto& caller : callers_) connect(*caller);
}

void HttpLoad::stop() {
  if (std::exchange(is_stopped_, true)) return;
  missed_ = schedule_.missed(steady_clock::now() - kSlack);
  due_timer_.cancel();
  for (const auto& caller : callers_) {
    if (!caller->is_busy && caller->wire) caller->wire->close();
  }
}

void HttpLoad::check_patience() {
  const SteadyTime now = steady_clock::now();
  for (const auto& caller : callers_) {
    if (caller->is_busy && now - caller->sent > kPatience) fail(*caller, "no answer in time");
  }
}

void HttpLoad::connect(Caller& caller) {
  if (is_stopped_ || schedule_.is_over()) return;
  caller.wire = std::make_shared<Wire>(net_);
  caller.reader = std::make_unique<ReplyReader>();
  caller.wire->open([this, &caller](error_code error) {
    if (error) return fail(caller, "connecting: " + error.message());
    caller.wire->read([this, &caller](error_code failed, std::string_view bytes) {
      received(caller, failed, bytes);
    });
    next(caller);
  });
}

void HttpLoad::next(Caller& caller) {
  if (is_stopped_ || schedule_.is_over()) return caller.wire->close();
  const auto due = schedule_.take(steady_clock::now());
  if (!due) {
    idle_.push_back(&caller);
    return wake_later();
  }
  caller.is_busy = true;
  ++under_way_;
  caller.number = schedule_.taken() - 1;
  caller.due = *due;
  caller.sent = steady_clock::now();
  caller.wire->write(work_.request(caller.number, caller.due));
}

void HttpLoad::received(Caller& caller, error_code error, std::string_view bytes) {
  if (error) {
    if (caller.is_busy) return fail(caller, "the connection: " + error.message());
    std::erase(idle_, &caller);  // the server closed what was idle, as it may
    return connect(caller);
  }
  if (!caller.reader->take(bytes)) {
    if (caller.reader->is_broken()) fail(caller, "the answer is no HTTP");
    return;
  }
  if (caller.is_busy) answered(caller, caller.reader->reply());
}

void HttpLoad::answered(Caller& caller, const Reply& reply) {
  if (work_.accept(caller.number, reply)) {
    tally_.done(since(caller.due));
  } else {
    tally_.failed(reply.kind());
  }
  caller.is_busy = false;
  --under_way_;
  if (reply.keeps_alive) return next(caller);
  caller.wire->close();
  connect(caller);
}

// A request that was never sent was none: only the failure counts.
void HttpLoad::fail(Caller& caller, std::string_view kind) {
  tally_.failed(kind);
  if (std::exchange(caller.is_busy, false)) --under_way_;
  std::erase(idle_, &caller);
  caller.wire->close();
  caller.pause.expires_after(kPause);
  caller.pause.async_wait([this, &caller](error_code error) {
    if (!error) connect(caller);
  });
}

void HttpLoad::wake_later() {
  due_timer_.expires_at(schedule_.next_due(steady_clock::now()));
  due_timer_.async_wait([this](error_code error) {
    if (!error) wake();
  });
}

void HttpLoad::wake() {
  const std::vector<Caller*> idle = std::exchange(idle_, {});
  for (Caller* const caller : idle) next(*caller);
}

std::string make_request(const Net& net, std::string_view method, std::string_view path,
                         std::string_view fields, std::string_view body) {
  return fmt::format(
      "{} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: rollcall-bench/{}\r\n{}Content-Length: {}\r\n\r\n"
      "{}",
      method, path, net.target.authority, ROLLCALL_VERSION, fields, body.size(), body);
}

}  // namespace rollcall::bench

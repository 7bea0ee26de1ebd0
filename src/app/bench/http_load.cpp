#include "app/bench/http_load.hpp"

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
  enum class State { opening, idle, busy, resting };

  explicit Caller(const Net& net) : pause(*net.loop) {}

  std::shared_ptr<Wire> wire;
  std::unique_ptr<ReplyReader> reader;
  Timer pause;
  State state = State::resting;
  SteadyTime since{};      // of opening, or of sending
  bool was_tried = false;  // it was open once, or could not be opened
  std::uint64_t number = 0;
  SteadyTime due{};
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
  untried_ = callers_.size();
  for (const auto& caller : callers_) connect(*caller);
}

void HttpLoad::stop() {
  if (std::exchange(is_stopped_, true)) return;
  if (began_at_) {
    missed_ = schedule_.missed(steady_clock::now() - kSlack);
  } else if (!callers_.empty()) {
    tally_.failed("stopped before the connections were open");
  }
  due_timer_.cancel();
  for (const auto& caller : callers_) {
    if (caller->state != Caller::State::busy && caller->wire) caller->wire->close();
  }
}

void HttpLoad::check_patience() {
  const SteadyTime now = steady_clock::now();
  for (const auto& caller : callers_) {
    if (now - caller->since <= kPatience) continue;
    if (caller->state == Caller::State::busy) fail(*caller, "no answer in time");
    if (caller->state == Caller::State::opening) fail(*caller, "connecting: no answer in time");
  }
}

Failures HttpLoad::failures() const {
  Failures failures = tally_.kinds();
  if (under_way_ > 0) failures["no answer by the end"] = under_way_;
  return failures;
}

void HttpLoad::connect(Caller& caller) {
  if (is_stopped_ || schedule_.is_over()) return;
  caller.state = Caller::State::opening;
  caller.since = steady_clock::now();
  caller.wire = std::make_shared<Wire>(net_);
  caller.reader = std::make_unique<ReplyReader>();
  caller.wire->open([this, &caller](error_code error) {
    if (error) return fail(caller, "connecting: " + error.message());
    caller.wire->read([this, &caller](error_code failed, std::string_view bytes) {
      received(caller, failed, bytes);
    });
    caller.state = Caller::State::idle;
    idle_.push_back(&caller);
    tried(caller);
    send_due();
  });
}

// The clock starts when there is something to send on: opening is no part of a latency.
void HttpLoad::tried(Caller& caller) {
  if (std::exchange(caller.was_tried, true) || --untried_ > 0) return;
  began_at_ = steady_clock::now();
  schedule_.start(*began_at_);
  send_due();
}

void HttpLoad::send_due() {
  if (!began_at_ || is_stopped_) return;
  while (!idle_.empty()) {
    const auto due = schedule_.take(steady_clock::now());
    if (!due) return wake_later();
    Caller& caller = *idle_.front();
    idle_.pop_front();
    caller.state = Caller::State::busy;
    caller.since = steady_clock::now();
    sent_ = schedule_.taken();
    caller.number = sent_ - 1;
    caller.due = *due;
    ++under_way_;
    caller.wire->write(work_.request(caller.number, caller.due));
  }
}

void HttpLoad::wake_later() {
  if (schedule_.is_over()) return;
  due_timer_.expires_at(schedule_.next_due(steady_clock::now()));
  due_timer_.async_wait([this](error_code error) {
    if (!error) send_due();
  });
}

void HttpLoad::received(Caller& caller, error_code error, std::string_view bytes) {
  const bool is_busy = caller.state == Caller::State::busy;
  if (error && is_busy) return fail(caller, "the connection: " + error.message());
  if (error) return rest(caller);  // the server closed what was idle, as it may
  if (!caller.reader->take(bytes)) {
    if (caller.reader->is_broken()) fail(caller, "the answer is no HTTP");
    return;
  }
  if (is_busy) answered(caller, caller.reader->reply());
}

void HttpLoad::answered(Caller& caller, const Reply& reply) {
  if (work_.accept(caller.number, reply)) {
    tally_.done(since(caller.due));
  } else {
    tally_.failed(reply.kind());
  }
  --under_way_;
  const bool is_kept = reply.keeps_alive && !is_stopped_;
  caller.state = Caller::State::idle;
  if (!is_kept) caller.wire->close();
  if (!is_kept) return connect(caller);
  idle_.push_back(&caller);
  send_due();
}

// What was due and could not be sent has failed, too: a number of requests comes to its end.
void HttpLoad::fail(Caller& caller, std::string_view kind) {
  tally_.failed(kind);
  if (caller.state == Caller::State::busy) {
    --under_way_;
  } else if (began_at_) {
    schedule_.take(steady_clock::now());
  }
  rest(caller);
  tried(caller);
}

void HttpLoad::rest(Caller& caller) {
  caller.state = Caller::State::resting;
  std::erase(idle_, &caller);
  caller.wire->close();
  caller.pause.expires_after(kPause);
  caller.pause.async_wait([this, &caller](error_code error) {
    if (!error) connect(caller);
  });
}

std::string make_request(const Net& net, std::string_view method, std::string_view path,
                         std::string_view fields, std::string_view body) {
  return fmt::format(
      "{} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: rollcall-bench/{}\r\n{}Content-Length: {}\r\n\r\n"
      "{}",
      method, path, net.target.authority, ROLLCALL_VERSION, fields, body.size(), body);
}

}  // namespace rollcall::bench

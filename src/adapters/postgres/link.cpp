#include "adapters/postgres/link.hpp"

#include "adapters/postgres/errors.hpp"
#include "adapters/postgres/url.hpp"

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>

namespace rollcall::postgres {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr const char* kUp = "up";

// Batches of sorted ids never deadlock, but under another isolation level they would fail when
// two nodes touch one member. A count that is compiled first (jit) costs more than it takes.
constexpr const char* kSetUpSession =
    "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::int8,"
    "       set_config('statement_timeout', $1, false),"
    "       set_config('default_transaction_isolation', 'read committed', false),"
    "       set_config('jit', 'off', false),"
    "       set_config('TimeZone', $2, false)";

// The first columns of a dated statement's first row; the session's has the first of them.
constexpr int kShownTime = 0;
constexpr int kWasLate = 1;
constexpr std::ptrdiff_t kDates = 2;  // parameters

}  // namespace

// Wraps a handler of the loop, so that it does nothing once it is cancelled or the link is gone.
template <typename Task>
auto Link::while_alive(Task task) {
  return [alive = std::weak_ptr<char>(alive_), task = std::move(task)](const auto&... error) {
    const bool cancelled = (false || ... || static_cast<bool>(error));
    if (!cancelled && !alive.expired()) task();
  };
}

Link::Link(LinkOptions options, asio::io_context& context, const base::Logger& logger)
    : options_(std::move(options)),
      context_(context),
      logger_(logger),
      failure_(unavailable("starting")),
      attempt_timer_(context),
      deadline_timer_(context),
      backoff_(options_.backoff_min, options_.backoff_max, std::random_device{}()) {}

Link::~Link() {
  if (connection_) connection_->close();
  connection_.reset();
  failure_ = unavailable("the link is closed");
  fail_pending(failure_, true);
}

void Link::start() {
  connect();
}

void Link::connect() {
  Connection::Owner& owner = *this;
  connection_ = std::make_shared<Connection>(context_, owner);
  attempt_timer_.expires_after(options_.timeout);
  attempt_timer_.async_wait(while_alive([this] {
    if (state_ == State::up || !connection_) return;
    connection_->close();
    on_lost(
        unavailable("no connection within " + std::to_string(options_.timeout.count()) + " ms"));
  }));
  base::Status opened = check_url(options_.url);
  if (opened.ok()) opened = connection_->open(options_.url);
  if (!opened) on_lost(std::move(opened).error());
}

void Link::on_open() {
  attempt_timer_.cancel();
  set_up_session();
  state_ = State::up;
  counters_.connects.add();
  announce(true, "");
  pump_soon();
}

void Link::set_up_session() {
  Handler check = [this, asked = steady_clock::now()](const base::Result<Rows>& rows) {
    if (rows.ok()) {
      backoff_.reset();
      learn_clock(rows.value(), asked);
    } else if (connection_) {
      connection_->close();
      on_lost(unavailable("the session cannot be set up: " + rows.error().message));
    }
  };
  const SteadyTime deadline =
      pending_.empty() ? steady_clock::now() + options_.timeout : pending_.front().deadline;
  clock_.forget();
  pending_.push_front(
      {{kSetUpSession, {text(std::to_string(options_.timeout.count())), text(options_.time_zone)}},
       std::move(check),
       deadline});
  watch_deadline();
}

void Link::send(Query query, Handler handler) {
  if (pending_.size() >= options_.max_queries) {
    asio::post(context_, [handler = std::move(handler)] {
      handler(base::Error{base::Errc::overloaded, "postgres_queue_full",
                          "too many queries wait for PostgreSQL"});
    });
    return;
  }
  if (query.dated) query.parameters.resize(query.parameters.size() + kDates, int8(0));
  pending_.push_back(
      {std::move(query), std::move(handler), steady_clock::now() + options_.timeout});
  watch_deadline();
  pump_soon();
}

void Link::pump_soon() {
  if (std::exchange(pump_posted_, true)) return;
  asio::post(context_, while_alive([this] {
               pump_posted_ = false;
               pump();
             }));
}

void Link::pump() {
  if (state_ == State::down) return fail_pending(failure_, true);
  if (state_ != State::up) return;
  while (in_flight_ < std::min(pending_.size(), options_.max_in_flight)) {
    // The session's answer, which is under way, tells the time.
    if (pending_[in_flight_].query.dated && !clock_.at_least({})) return;
    base::Status sent = send_next();
    if (!sent) {
      connection_->close();
      return on_lost(std::move(sent).error());
    }
  }
}

base::Status Link::send_next() {
  Pending& pending = pending_[in_flight_];
  ++in_flight_;
  counters_.queries.add();
  pending.asked = steady_clock::now();
  if (!pending.query.dated) return connection_->send(pending.query);
  auto dates = pending.query.parameters.end() - kDates;
  *dates++ = int8(micros_at(pending.deadline - options_.timeout));
  *dates = int8(micros_at(pending.deadline));
  return connection_->send(pending.query);
}

void Link::learn_clock(const Rows& rows, SteadyTime asked) {
  const std::chrono::microseconds shown(rows.integer(0, kShownTime));
  clock_.learn(base::WallTime(std::chrono::floor<base::Millis>(shown)), asked,
               steady_clock::now());
}

std::int64_t Link::micros_at(SteadyTime moment) const {
  const auto time = clock_.at_least(moment).value_or(base::WallTime());
  return std::chrono::microseconds(time.time_since_epoch()).count();
}

void Link::on_answer(base::Result<Rows> rows) {
  Pending pending = std::move(pending_.front());
  pending_.pop_front();
  --in_flight_;
  if (!rows.ok()) counters_.errors.add();
  if (pending_.size() > in_flight_) pump_soon();
  if (pending.query.dated && rows.ok()) {
    const SteadyTime now = steady_clock::now();
    learn_clock(rows.value(), pending.asked);
    if (rows.value().flag(0, kWasLate)) {
      if (try_again(pending, now)) return;
      rows = timed_out(options_.timeout);
    }
  }
  pending.handler(std::move(rows));
}

// What comes in time and says that it was late comes from a clock that was set.
bool Link::try_again(Pending& pending, SteadyTime now) {
  if (pending.is_second_try || now >= pending.deadline) return false;
  pending.is_second_try = true;
  pending_.insert(pending_.begin() + static_cast<std::ptrdiff_t>(in_flight_), std::move(pending));
  watch_deadline();
  pump_soon();
  return true;
}

void Link::on_lost(base::Error error) {
  const bool may_be_back = state_ == State::up && error.kind != base::Errc::timeout;
  state_ = may_be_back ? State::connecting : State::down;
  failure_ = unavailable("");
  failure_.message = error.message;
  connection_.reset();
  announce(false, error.message);
  wait_to_reconnect();
  fail_pending(error, !may_be_back);
}

void Link::wait_to_reconnect() {
  attempt_timer_.expires_after(backoff_.next());
  attempt_timer_.async_wait(while_alive([this] { connect(); }));
}

// What was sent fails with `error`; what was not, when it does too, as unavailable.
void Link::fail_pending(const base::Error& error, bool unsent_too) {
  std::vector<std::pair<Handler, base::Error>> failed;
  const std::size_t sent = std::exchange(in_flight_, 0);
  const std::size_t count = unsent_too ? pending_.size() : sent;
  for (std::size_t i = 0; i < count; ++i) {
    failed.emplace_back(std::move(pending_.front().handler), i < sent ? error : failure_);
    pending_.pop_front();
  }
  for (auto& [handler, reason] : failed) handler(std::move(reason));
}

void Link::watch_deadline() {
  if (pending_.empty() || std::exchange(deadline_watched_, true)) return;
  deadline_timer_.expires_at(pending_.front().deadline);
  deadline_timer_.async_wait(while_alive([this] {
    deadline_watched_ = false;
    check_deadline();
    watch_deadline();
  }));
}

void Link::check_deadline() {
  const auto is_late = [this] {
    return !pending_.empty() && pending_.front().deadline <= steady_clock::now();
  };
  // An answer that has arrived, but was not read because this loop was busy, is no timeout.
  if (is_late() && in_flight_ > 0) std::shared_ptr(connection_)->read();
  if (is_late() && in_flight_ > 0) {
    counters_.timeouts.add();
    connection_->close();
    return on_lost(timed_out(options_.timeout));
  }
  while (is_late()) {
    Handler handler = std::move(pending_.front().handler);
    pending_.pop_front();
    handler(unavailable("no connection in time"));
  }
}

// One line a change, however many attempts fail alike in between.
void Link::announce(bool up, const std::string& reason) {
  const std::string said = up ? kUp : reason;
  if (said == announced_) return;
  announced_ = said;
  if (up) {
    logger_.info("postgres is up",
                 {{"server", connection_->address()}, {"version", connection_->version()}});
  } else {
    logger_.warn("postgres is down", {{"reason", reason}});
  }
}

}  // namespace rollcall::postgres

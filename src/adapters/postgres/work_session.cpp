#include "adapters/postgres/work_session.hpp"

#include "adapters/postgres/errors.hpp"
#include "adapters/postgres/send_query.hpp"
#include "adapters/postgres/url.hpp"
#include "ports/retention_table.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace rollcall::postgres {
namespace {

using std::chrono::steady_clock;

// A role may have a timeout that is too short for its own removal: it is tried again.
constexpr const char* kRemoveTimeout = "SET statement_timeout = 0";
constexpr int kAttempts = 20;
constexpr std::string_view kCanceled = "57014";

// What a role or a database may have set otherwise. Whoever holds a transaction and does nothing
// in it has died.
constexpr const char* kSetUp =
    "SET lock_timeout = 0;"
    "SET idle_in_transaction_session_timeout = '60s';"
    "SET default_transaction_isolation = 'read committed';"
    "SET default_transaction_read_only = off;"
    "SET TimeZone = 'UTC';"
    "SET DateStyle = 'ISO, YMD';"
    "SET standard_conforming_strings = on;"
    "SET client_min_messages = 'warning';"
    "SET max_parallel_workers_per_gather = 0;"
    "SET jit = off";
// Since PostgreSQL 14, and not on every system: ends a statement whose client has died.
constexpr const char* kSetUpIfKnown =
    "SET idle_session_timeout = 0; SET client_connection_check_interval = '1s'";

// A poll() takes an int of milliseconds.
constexpr base::Millis kLongestPoll = std::chrono::hours(1);

struct CancelFreer {
  void operator()(PGcancel* request) const { PQfreeCancel(request); }
};

void drop_notice(void* /*context*/, const PGresult* /*notice*/) {}

}  // namespace

WorkSession::Bell::Bell() : descriptor(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

WorkSession::Bell::~Bell() {
  ::close(descriptor);
}

void WorkSession::Ring::operator()() const {
  ::eventfd_write(descriptor, 1);
}

WorkSession::WorkSession(std::string url, const std::string& purpose, std::stop_token stop)
    : url_(std::move(url)),
      application_("rollcall " + purpose),
      stop_(std::move(stop)),
      on_stop_(stop_, Ring{bell_.descriptor}) {}

base::Status WorkSession::open() {
  if (stop_.stop_requested()) return interrupted(Woken::stopped, {});
  if (is_open()) return base::Done{};
  base::Status status = connect();
  if (status.ok()) status = set_up();
  if (!status.ok()) close();
  return status;
}

base::Status WorkSession::connect() {
  base::Status checked = check_url(url_);
  if (!checked.ok()) return checked;
  const ConnectArguments arguments(url_, application_.c_str());
  connection_.reset(PQconnectStartParams(arguments.keywords.data(), arguments.values.data(), 1));
  if (!connection_) return unavailable("out of memory");
  PQsetNoticeReceiver(connection_.get(), drop_notice, nullptr);
  const Deadline deadline = steady_clock::now() + kConnectPatience;
  PostgresPollingStatusType polled = PGRES_POLLING_WRITING;
  while (polled != PGRES_POLLING_OK) {
    if (polled == PGRES_POLLING_FAILED || PQstatus(connection_.get()) == CONNECTION_BAD) {
      return error_of(*connection_);
    }
    const short events = polled == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    const Woken woken = wait_for(events, deadline, true);
    if (woken != Woken::ready) return interrupted(woken, kConnectPatience);
    polled = PQconnectPoll(connection_.get());
  }
  if (PQsetnonblocking(connection_.get(), 1) != 0) return error_of(*connection_);
  return base::Done{};
}

base::Status WorkSession::set_up() {
  for (int attempt = 1;; ++attempt) {
    const auto removed = run({kRemoveTimeout, {}}, kSetUpPatience);
    if (removed.ok()) break;
    if (sqlstate_ != kCanceled || attempt == kAttempts) return removed.error();
  }
  const auto set = run({kSetUp, {}}, kSetUpPatience);
  if (!set.ok()) return set.error();
  const auto maybe_set = run({kSetUpIfKnown, {}}, kSetUpPatience);
  if (!maybe_set.ok() && !is_open()) return maybe_set.error();
  return base::Done{};
}

base::Result<Rows> WorkSession::run(const Query& query, base::Millis patience) {
  affected_ = 0;
  sqlstate_.clear();
  if (stop_.stop_requested()) return interrupted(Woken::stopped, {});
  if (!is_open()) return unavailable("the connection was lost");
  base::Status sent = send(query);
  if (!sent.ok()) return std::move(sent).error();
  return outcome(patience);
}

base::Status WorkSession::send(const Query& query) {
  const bool sent = query.parameters.empty()
                        ? PQsendQuery(connection_.get(), query.sql.c_str()) == 1
                        : send_query(*connection_, query);
  if (!sent) return error_of(*connection_);
  return base::Done{};
}

// A statement may end before its cancellation arrives: then what it did counts.
base::Result<Rows> WorkSession::outcome(base::Millis patience) {
  Deadline deadline = steady_clock::now() + patience;
  Woken interruption = Woken::ready;
  std::optional<base::Result<Rows>> outcome;
  while (true) {
    const Woken woken = await_result(deadline, interruption == Woken::ready);
    if (woken != Woken::ready) {
      const bool is_first = interruption == Woken::ready;
      if (is_first) interruption = woken;
      if (!is_first || !cancel()) {
        close();
        return interrupted(interruption, patience);
      }
      deadline = steady_clock::now() + kCancelPatience;
      continue;
    }
    ResultPtr result(PQgetResult(connection_.get()));
    if (!result) break;
    if (outcome && !outcome->ok()) continue;
    note(*result);
    if (sqlstate_.empty()) {
      outcome.emplace(rows_of(std::move(result)));
    } else {
      outcome.emplace(error_of_any_table(*result));
    }
  }
  if (!outcome) return error_of(*connection_);
  if (interruption != Woken::ready && !outcome->ok()) return interrupted(interruption, patience);
  return *std::move(outcome);
}

WorkSession::Woken WorkSession::wait_for(short events, Deadline deadline, bool may_stop) const {
  while (true) {
    const auto left = std::chrono::ceil<base::Millis>(deadline - steady_clock::now());
    if (left.count() <= 0) return Woken::late;
    std::array<pollfd, 2> watched{
        {{PQsocket(connection_.get()), events, 0}, {may_stop ? bell_.descriptor : -1, POLLIN, 0}}};
    const auto time = static_cast<int>(std::min(left, kLongestPoll).count());
    if (::poll(watched.data(), watched.size(), time) < 0 && errno != EINTR) return Woken::ready;
    if (watched[1].revents != 0) return Woken::stopped;
    if (watched[0].revents != 0) return Woken::ready;
  }
}

// Ready for PQgetResult, which tells of a loss, too.
WorkSession::Woken WorkSession::await_result(Deadline deadline, bool may_stop) {
  while (true) {
    const int unsent = PQflush(connection_.get());
    if (unsent < 0 || PQisBusy(connection_.get()) == 0) return Woken::ready;
    const short events = unsent > 0 ? POLLIN | POLLOUT : POLLIN;
    const Woken woken = wait_for(events, deadline, may_stop);
    if (woken != Woken::ready) return woken;
    if (PQconsumeInput(connection_.get()) == 0) return Woken::ready;
  }
}

base::Error WorkSession::interrupted(Woken why, base::Millis patience) const {
  if (why == Woken::late) return timed_out(patience);
  return {base::Errc::unavailable, ports::kStopped, "the work was told to stop"};
}

// PQcancel connects anew, and blocks for as long as the network does: hence a thread that may
// outlive the wait. Only once it is done may another statement follow, or that would be hit.
bool WorkSession::cancel() const {
  std::shared_ptr<PGcancel> request(PQgetCancel(connection_.get()), CancelFreer());
  if (!request) return false;
  auto promise = std::make_shared<std::promise<bool>>();
  std::future<bool> sent = promise->get_future();
  std::thread([request, promise] {
    std::array<char, 256> error{};
    promise->set_value(PQcancel(request.get(), error.data(), error.size()) == 1);
  }).detach();
  return sent.wait_for(kCancelPatience) == std::future_status::ready && sent.get();
}

void WorkSession::note(const PGresult& result) {
  const char* state = PQresultErrorField(&result, PG_DIAG_SQLSTATE);
  sqlstate_ = state == nullptr ? "" : state;
  if (!sqlstate_.empty()) affected_ = 0;
  // Both are written for old code, and change nothing.
  auto* command = const_cast<PGresult*>(&result);
  const bool is_read = PQresultStatus(&result) == PGRES_TUPLES_OK &&
                       std::string_view(PQcmdStatus(command)).starts_with("SELECT");
  if (is_read) return;
  const std::string_view count = PQcmdTuples(command);
  std::uint64_t rows = 0;
  std::from_chars(count.data(), count.data() + count.size(), rows);
  affected_ += rows;
}

}  // namespace rollcall::postgres

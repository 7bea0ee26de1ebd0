#include "adapters/postgres/connection.hpp"

#include "adapters/postgres/errors.hpp"
#include "adapters/postgres/send_query.hpp"
#include "adapters/postgres/url.hpp"

#include <utility>

namespace rollcall::postgres {

using boost::system::error_code;

namespace {

// libpq's default prints notices to standard error.
void drop_notice(void* /*context*/, const PGresult* /*notice*/) {}

const char* or_unknown(const char* text) {
  return text == nullptr || *text == '\0' ? "unknown" : text;
}

}  // namespace

Connection::Connection(boost::asio::io_context& context, Owner& owner)
    : owner_(owner), socket_(context) {}

base::Status Connection::open(const std::string& url) {
  const ConnectArguments arguments(url);
  connection_.reset(PQconnectStartParams(arguments.keywords.data(), arguments.values.data(), 1));
  if (!connection_) return unavailable("out of memory");
  PQsetNoticeReceiver(connection_.get(), drop_notice, nullptr);
  if (PQstatus(connection_.get()) == CONNECTION_BAD) return error_of(*connection_);
  await_connecting(Socket::wait_write);
  return base::Done{};
}

void Connection::await_connecting(Socket::wait_type wait) {
  // libpq may have gone over to another socket: the next address, or without TLS.
  if (socket_.is_open()) socket_.release();
  socket_.assign(PQsocket(connection_.get()));
  socket_.async_wait(wait, [self = shared_from_this()](const error_code&) {
    if (!self->closed_) self->go_on_connecting();
  });
}

void Connection::go_on_connecting() {
  switch (PQconnectPoll(connection_.get())) {
    case PGRES_POLLING_READING:
      return await_connecting(Socket::wait_read);
    case PGRES_POLLING_WRITING:
      return await_connecting(Socket::wait_write);
    case PGRES_POLLING_OK:
      return opened();
    default:
      return lose(error_of(*connection_));
  }
}

void Connection::opened() {
  const bool ready =
      PQsetnonblocking(connection_.get(), 1) == 0 && PQenterPipelineMode(connection_.get()) == 1;
  if (!ready) return lose(error_of(*connection_));
  await_readable();
  owner_.on_open();
}

void Connection::await_readable() {
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](const error_code&) {
    if (self->closed_) return;
    self->read();
    if (!self->closed_) self->await_readable();
  });
}

void Connection::await_writable() {
  writing_ = true;
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](const error_code&) {
    if (self->closed_) return;
    self->writing_ = false;
    base::Status flushed = self->flush();
    if (!flushed) self->lose(std::move(flushed).error());
  });
}

base::Status Connection::send(const Query& query) {
  const bool sent = send_query(*connection_, query) && PQpipelineSync(connection_.get()) == 1;
  if (!sent) return error_of(*connection_);
  ++unanswered_;
  return flush();
}

base::Status Connection::flush() {
  const int left = PQflush(connection_.get());
  if (left < 0) return error_of(*connection_);
  if (left > 0 && !writing_) await_writable();
  return base::Done{};
}

void Connection::read() {
  if (closed_) return;
  if (PQconsumeInput(connection_.get()) == 0) return lose(error_of(*connection_));
  take_results();
  if (closed_) return;
  if (PQstatus(connection_.get()) == CONNECTION_BAD) return lose(error_of(*connection_));
  base::Status flushed = flush();
  if (!flushed) lose(std::move(flushed).error());
}

// libpq hands out a query's result, a null that ends it, and the result of its sync.
void Connection::take_results() {
  bool ended = false;
  while (!closed_ && PQisBusy(connection_.get()) == 0 && unanswered_ > 0) {
    ResultPtr result(PQgetResult(connection_.get()));
    if (!result && std::exchange(ended, true)) return;
    if (!result) continue;
    ended = false;
    if (PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC) {
      --unanswered_;
      auto answer = std::exchange(answer_, std::nullopt);
      owner_.on_answer(answer ? *std::move(answer) : unavailable("a query without a result"));
    } else if (!answer_) {
      answer_ = rows_of(std::move(result));
    }
  }
}

void Connection::lose(base::Error error) {
  // "terminating connection due to administrator command" tells more than the end of the stream.
  if (answer_ && !answer_->ok()) error = std::move(*answer_).error();
  close();
  owner_.on_lost(std::move(error));
}

void Connection::close() {
  closed_ = true;
  if (socket_.is_open()) socket_.release();
  connection_.reset();
}

std::string Connection::address() const {
  return std::string(or_unknown(PQhost(connection_.get()))) + ":" +
         or_unknown(PQport(connection_.get()));
}

std::string Connection::version() const {
  return or_unknown(PQparameterStatus(connection_.get(), "server_version"));
}

}  // namespace rollcall::postgres

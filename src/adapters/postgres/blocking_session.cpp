#include "adapters/postgres/blocking_session.hpp"

#include "adapters/postgres/errors.hpp"
#include "adapters/postgres/url.hpp"

#include <optional>
#include <utility>

#include <poll.h>

namespace rollcall::postgres {

using std::chrono::steady_clock;

BlockingSession::BlockingSession(const std::string& url) {
  const ConnectArguments arguments(url);
  connection_.reset(PQconnectdbParams(arguments.keywords.data(), arguments.values.data(), 1));
  PQsetNoticeProcessor(connection_.get(), [](void*, const char*) {}, nullptr);
}

base::Result<Rows> BlockingSession::run(const char* sql) {
  if (PQsendQuery(connection_.get(), sql) == 0) return error_of(*connection_);
  return outcome();
}

base::Result<Rows> BlockingSession::run(const char* sql, const std::vector<std::string>& texts) {
  std::vector<const char*> values;
  for (const std::string& text : texts) values.push_back(text.c_str());
  if (PQsendQueryParams(connection_.get(), sql, static_cast<int>(values.size()), nullptr,
                        values.data(), nullptr, nullptr, 0) == 0) {
    return error_of(*connection_);
  }
  return outcome();
}

base::Result<Rows> BlockingSession::outcome() {
  std::optional<base::Result<Rows>> outcome;
  while (true) {
    if (!wait_for_result()) return timed_out(kPatience);
    ResultPtr result(PQgetResult(connection_.get()));
    if (!result) break;
    if (!outcome || outcome->ok()) outcome.emplace(rows_of(std::move(result)));
  }
  return outcome ? *std::move(outcome) : error_of(*connection_);
}

bool BlockingSession::wait_for_result() {
  while (PQisBusy(connection_.get()) == 1) {
    const auto left = std::chrono::duration_cast<base::Millis>(deadline_ - steady_clock::now());
    pollfd watched{PQsocket(connection_.get()), POLLIN, 0};
    if (left.count() <= 0 || poll(&watched, 1, static_cast<int>(left.count())) == 0) return false;
    if (PQconsumeInput(connection_.get()) == 0) return true;  // PQgetResult tells why
  }
  return true;
}

}  // namespace rollcall::postgres

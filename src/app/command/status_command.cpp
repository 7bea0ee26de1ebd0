#include "app/command/status_command.hpp"

#include "app/client/http_fetch.hpp"
#include "app/client/status_report.hpp"

#include <iostream>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

namespace rollcall::app {
namespace {

constexpr int kDegraded = 1;
constexpr int kNotAsked = 2;
constexpr int kOk = 200;

int fail(std::string_view why, std::string_view mend) {
  std::cerr << "rollcall: " << why << '\n' << mend << '\n';
  return kNotAsked;
}

// The message of an error body, or the status alone.
std::string refusal_of(const Fetched& answer) {
  boost::system::error_code error;
  const boost::json::value body = boost::json::parse(answer.body, error);
  const auto* message = error ? nullptr : body.find_pointer("/error/message", error);
  if (message == nullptr || !message->is_string()) {
    return fmt::format("the server answers {}", answer.status);
  }
  return fmt::format("the server answers {}: {}", answer.status,
                     std::string_view(message->get_string()));
}

std::string_view mend_of(int status) {
  switch (status) {
    case 401:
      return "Give one of the server's API keys by --api-key-file FILE or ROLLCALL_API_KEY, or "
             "ask its\nserver.admin_listen, which needs none.";
    case 403:
      return "A server with --dev answers its own machine only, by the name localhost or "
             "127.0.0.1.";
    case 404:
      return "Is --url that of a rollcall server, and is the server as new as this command?";
    default:
      return "Ask again in a moment; the server's log says more.";
  }
}

}  // namespace

int status(const StatusCommand& command) {
  const auto answer = fetch({command.url, "/api/v1/status", command.api_key});
  if (!answer) {
    return fail(answer.error().message,
                "Is the server running, and is --url where it listens? \"rollcall serve\" prints "
                "its URL.");
  }
  if (answer.value().status != kOk) {
    return fail(refusal_of(answer.value()), mend_of(answer.value().status));
  }
  const auto report = report_status(answer.value().body);
  if (!report) return fail(report.error().message, mend_of(404));
  std::cout << (command.json ? answer.value().body + "\n" : report.value().text);
  return report.value().degraded ? kDegraded : 0;
}

}  // namespace rollcall::app

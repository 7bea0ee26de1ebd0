#include "app/doctor/node_judgement.hpp"

#include "app/client/status_fields.hpp"
#include "app/client/status_report.hpp"

#include <string>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

namespace rollcall::app {
namespace {

constexpr int kOk = 200;
constexpr int kUnauthorized = 401;

boost::json::value parsed(const std::string& text) {
  boost::system::error_code error;
  boost::json::value value = boost::json::parse(text, error);
  return error ? boost::json::value() : value;
}

void judge_readiness(const Answer& ready, Findings& findings) {
  const std::string code = ready.error_code();
  if (code == "draining") {
    return findings.warning("ready", "this node is shutting down", "ask the next one");
  }
  if (code == "wedged") {
    return findings.problem("ready", "Redis answers this node, and yet delivers nothing to it",
                            "restart the node; look at Redis's client-output-buffer-limit");
  }
  if (ready.status() != kOk) {
    return findings.problem("ready", fmt::format("/readyz answers {}", ready.status()),
                            "is this a rollcall server? See its log");
  }
  const boost::json::value body = parsed(ready.got->body);
  boost::system::error_code error;
  const auto* degraded = body.find_pointer("/degraded", error);
  if (degraded != nullptr && degraded->is_array() && !degraded->get_array().empty()) {
    return findings.problem("ready",
                            fmt::format("the node has lost {}", boost::json::serialize(*degraded)),
                            "what is found about it here says why, or the node's log; "
                            "docs/outages.md says what the numbers mean meanwhile");
  }
  findings.ok("ready", "the node is ready");
}

void judge_status(const Answer& status, Findings& findings) {
  if (status.status() == kUnauthorized) {
    return findings.note("status",
                         "/api/v1/status asks for an API key, and the settings have none",
                         "set server.api_keys_file");
  }
  const auto report = report_status(status.got ? status.got->body : std::string());
  if (status.status() != kOk || !report) {
    return findings.note("status", fmt::format("/api/v1/status answers {}", status.status()));
  }
  const boost::json::value body = parsed(status.got->body);
  const std::string_view version = text_of(body.get_object(), "version");
  if (version != ROLLCALL_VERSION) {
    findings.note("version",
                  fmt::format("the server is rollcall {}, this is {}", version, ROLLCALL_VERSION));
  }
  if (!report.value().degraded) {
    return findings.ok("status", "every roster and retention policy is as it should be");
  }
  std::string states;
  for_each_object(body.get_object(), "rosters", [&](const boost::json::object& roster) {
    if (text_of(roster, "state") == "normal") return;
    states += fmt::format("{}{} is {}", states.empty() ? "" : ", ", text_of(roster, "roster"),
                          text_of(roster, "state"));
  });
  for_each_object(body.get_object(), "retention", [&](const boost::json::object& policy) {
    if (text_of(policy, "state") != "failing") return;
    states += fmt::format("{}retention {} is failing", states.empty() ? "" : ", ",
                          text_of(policy, "policy"));
  });
  if (states.empty()) states = "a store is down, or a roster could not be counted";
  findings.warning("status", states, "rollcall status tells since when, and why");
}

}  // namespace

std::string Answer::error_code() const {
  if (!got) return {};
  boost::system::error_code error;
  const boost::json::value body = parsed(got->body);
  const auto* code = body.find_pointer("/error/code", error);
  if (error || code == nullptr || !code->is_string()) return {};
  return std::string(code->get_string());
}

void judge(const NodeAnswers& node, Findings& findings) {
  if (!node.ready.got) {
    return findings.problem("reachable", node.ready.failure,
                            "start it: rollcall serve --config FILE; or is server.listen another "
                            "one than it was started with?");
  }
  findings.ok("reachable", "the server answers at " + node.url);
  judge_readiness(node.ready, findings);
  judge_status(node.status, findings);
}

}  // namespace rollcall::app

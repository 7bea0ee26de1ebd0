#include "adapters/postgres/policy_check.hpp"
#include "adapters/postgres/sessions_check.hpp"
#include "app/command/doctor_command.hpp"
#include "app/config/access_rules.hpp"
#include "app/config/config_file.hpp"
#include "app/config/retention_policies.hpp"
#include "app/config/token_keys.hpp"
#include "app/config/user_token.hpp"
#include "app/doctor/browser_judgement.hpp"
#include "app/doctor/machine_judgement.hpp"
#include "app/doctor/node_judgement.hpp"
#include "app/doctor/postgres_judgement.hpp"
#include "app/doctor/redis_judgement.hpp"
#include "app/doctor/report.hpp"
#include "app/node/stores.hpp"
#include "base/time.hpp"

#include <iostream>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

namespace rollcall::app {
namespace {

constexpr int kWell = 0;
constexpr int kUnwell = 1;
constexpr int kNotLooked = 2;
constexpr const char* kMendOfPostgres =
    "is the URL right, and does pg_hba.conf let this machine in?";
constexpr base::Millis kRedisPatience{3'000};  // to connect: longer than a server has

Findings look_at_settings(const std::vector<std::string>& warnings) {
  Findings findings("settings");
  for (const std::string& warning : warnings) findings.note("settings", warning);
  if (warnings.empty()) findings.ok("settings", "nothing in them looks odd");
  return findings;
}

Findings look_at_redis(const Config& config) {
  Findings findings("redis");
  redis::SessionOptions options;
  options.endpoint = redis::parse_url(config.redis.url).value();
  options.ca_file = config.redis.ca_file;
  options.connect_timeout = kRedisPatience;
  redis::NeedsOptions needs{{}, config.realtime.presence_prefix};
  for (const RosterPlan& plan : roster_plans(config)) needs.roster_keys.push_back(plan.key);
  const auto found = redis::inspect(options, redis::needs_of(needs));
  if (found) {
    judge(found.value(), findings);
  } else {
    findings.problem(
        "reachable", found.error().message,
        fmt::format("is {} what redis.url should name, and may this machine reach it?",
                    options.endpoint.text()));
  }
  return findings;
}

struct AskedTable {
  postgres::TableQuestion question;
  TableRole role;
};

void look_at_tables(const std::string& url, const std::vector<AskedTable>& asked,
                    const std::function<void(const postgres::ServerState&)>& judge_server,
                    Findings& findings) {
  std::vector<postgres::TableQuestion> questions;
  for (const AskedTable& each : asked) questions.push_back(each.question);
  const auto found = postgres::inspect(url, questions);
  if (!found) {
    return findings.problem("reachable", found.error().message, kMendOfPostgres);
  }
  judge_server(found.value().server);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const bool is_unmade = asked[i].role == TableRole::own && !found.value().tables[i].is_there;
    if (is_unmade && found.value().server.schema_version == 0) continue;  // told already
    judge(found.value().tables[i], asked[i].role, asked[i].question.time_column, findings);
  }
}

Findings look_at_postgres(const Config& config) {
  Findings findings("postgres");
  const PostgresConfig& postgres = config.postgres;
  std::vector<AskedTable> asked;
  for (const auto& question : postgres::own_tables()) asked.push_back({question, TableRole::own});
  if (!postgres.sessions_table.empty()) {
    asked.push_back({{postgres.sessions_table, "last_activity"}, TableRole::sessions});
  }
  look_at_tables(
      postgres.url, asked,
      [&](const postgres::ServerState& server) { judge(server, postgres.migrate, findings); },
      findings);
  if (postgres.sessions_table.empty()) return findings;
  const auto checked = postgres::check_sessions_table(postgres.url, postgres.sessions_table,
                                                      postgres.sessions_time_zone);
  if (!checked) {
    findings.problem("table " + postgres.sessions_table, checked.error().message,
                     "change the table, or leave postgres.sessions_table out");
  }
  return findings;
}

void look_at_policy(const core::RetentionPolicy& policy, bool is_known_server,
                    Findings& findings) {
  const auto checked = postgres::check_policy(policy);
  if (!checked) {
    const bool is_wrong = checked.error().kind == base::Errc::invalid_argument;
    return findings.problem(
        policy.name, checked.error().message,
        is_wrong ? "correct the [[retention]], or what it names" : kMendOfPostgres);
  }
  findings.ok(policy.name, "the table and its columns are there, and the role may delete");
  std::vector<AskedTable> asked;
  for (const core::RetentionClause clause : core::clauses_of(policy)) {
    asked.push_back({{policy.table, core::time_column(policy, clause)}, TableRole::retained});
  }
  look_at_tables(
      policy.url, asked,
      [&](const postgres::ServerState& server) {
        if (!is_known_server) judge_upkeep(server, findings);
      },
      findings);
}

Findings look_at_retention(const Config& config) {
  Findings findings("retention");
  for (const core::RetentionPolicy& policy : retention_policies(config)) {
    look_at_policy(policy, policy.url == config.postgres.url, findings);
  }
  return findings;
}

std::string api_key_of(const Config& config) {
  if (!config.server.api_keys.empty()) return config.server.api_keys.front();
  if (config.server.api_keys_file.empty()) return {};
  auto key = first_key_in(config.server.api_keys_file);
  return key ? std::move(key).value() : std::string();
}

Answer ask_node(const Config& config, std::string path) {
  FetchRequest request;
  request.url = listen_url(config);
  request.path = std::move(path);
  request.api_key = api_key_of(config);
  request.any_certificate = true;
  auto got = fetch(request);
  if (!got) return {std::nullopt, got.error().message};
  return {std::move(got).value()};
}

Findings look_at_node(const Config& config) {
  Findings findings("server");
  judge(NodeAnswers{listen_url(config), ask_node(config, "/readyz"),
                    ask_node(config, "/api/v1/status")},
        findings);
  return findings;
}

Findings look_at_machine(const Config& config) {
  Findings findings("machine");
  judge(inspect_machine(config), config, findings);
  return findings;
}

base::Result<std::string> token_for(const DoctorRequest& request, const Config& config) {
  if (!request.token_file.empty()) return read_secret(request.token_file);
  auto token = make_user_token({.user = "rollcall-doctor", .ttl = "10m"}, config.auth,
                               base::SystemClock().now());
  return token ? std::move(token).value() : std::string();
}

Findings look_as_browser(const DoctorRequest& request, const Config& config, std::string token) {
  BrowserQuestions questions{request.public_url, request.origins, std::move(token), request.wait};
  if (questions.origins.empty()) questions.origins = config.server.allowed_origins;
  if (request.wait && ::isatty(STDERR_FILENO) == 1) {
    std::cerr << "holding a WebSocket until its ping, in "
              << std::chrono::ceil<std::chrono::seconds>(config.realtime.ping).count() << " s\n";
  }
  Findings findings("browser");
  judge(meet_as_browser(questions, config), config, findings);
  return findings;
}

}  // namespace

int doctor(const DoctorCommand& command) {
  const Config& config = command.config;
  auto token = token_for(command.request, config);
  if (!token) {
    std::cerr << "rollcall: --token-file: " << token.error().message << '\n';
    return kNotLooked;
  }
  std::vector<Finding> all;
  const bool is_text = !command.request.json;
  const auto add = [&](const Findings& found) {
    all.insert(all.end(), found.all().begin(), found.all().end());
    if (is_text && !found.all().empty()) std::cout << report_text(found.all()) << std::flush;
  };
  add(look_at_settings(command.warnings));
  if (!config.redis.url.empty()) add(look_at_redis(config));
  if (!config.postgres.url.empty()) add(look_at_postgres(config));
  add(look_at_retention(config));
  add(look_at_machine(config));
  const Findings node = look_at_node(config);
  add(node);
  const bool is_up = node.all().front().severity == Severity::ok;
  if (is_up || !command.request.public_url.empty()) {
    add(look_as_browser(command.request, config, std::move(token).value()));
  }
  std::cout << (is_text ? summary_text(all) : report_json(all));
  return worst_of(all) > Severity::note ? kUnwell : kWell;
}

}  // namespace rollcall::app

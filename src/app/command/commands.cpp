#include "app/command/commands.hpp"

#include "app/client/http_target.hpp"
#include "app/config/config_file.hpp"
#include "app/config/config_report.hpp"
#include "app/config/nearest.hpp"
#include "app/config/print_config.hpp"
#include "app/config/quote.hpp"
#include "app/config/retention_policies.hpp"
#include "app/config/settings_reference.hpp"
#include "base/time.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>

namespace rollcall::app {
namespace {

Finished refused(std::string_view problems) {
  return {.status = kConfigProblem, .error = fmt::format("{}\n", problems)};
}

base::Result<std::string> api_key_for_status(const std::string& file,
                                             const Environment& environment) {
  if (!file.empty()) return first_key_in(file);
  const auto variable = environment.find("ROLLCALL_API_KEY");
  return variable == environment.end() ? std::string() : variable->second;
}

constexpr const char* kNoPolicy =
    R"(no [[retention]] with a database in the settings: give --config FILE, with one such as

  [postgres]
  url = "postgresql://app@db.example/app"
  [[retention]]
  name = "user_sessions"
  preset = "hatchet"

"rollcall print-config" lists the other presets, and what to give for a table of your own.)";

// None, when there is no such policy.
std::vector<core::RetentionPolicy> chosen(std::vector<core::RetentionPolicy> policies,
                                          const std::string& name) {
  if (!name.empty()) {
    std::erase_if(policies, [&](const auto& policy) { return policy.name != name; });
  }
  return policies;
}

std::string names_of(const std::vector<core::RetentionPolicy>& policies) {
  std::string names;
  for (const core::RetentionPolicy& policy : policies) {
    names += (names.empty() ? "" : ", ") + policy.name;
  }
  return names;
}

Finished no_such_policy(const std::vector<core::RetentionPolicy>& policies,
                        const std::string& name, std::string_view command) {
  std::vector<std::string_view> words;
  for (const core::RetentionPolicy& policy : policies) words.push_back(policy.name);
  return misused(command, fmt::format("--policy: there is no policy {}{}; there is {}",
                                      excerpt(name), suggestion(name, words), names_of(policies)));
}

}  // namespace

Finished misused(std::string_view command, std::string_view what) {
  return {.status = kNotUnderstood,
          .error = fmt::format("rollcall: {}\nSee \"rollcall{}{} --help\".\n", what,
                               command.empty() ? "" : " ", command)};
}

Command make_serve(ConfigSources sources) {
  auto config = load_config(sources);
  if (!config.ok()) return refused(config.error().message);
  auto warnings = config_warnings(config.value(), sources.environment);
  return ServeCommand{std::move(sources), std::move(config).value(), std::move(warnings)};
}

Command make_migrate(const ConfigSources& sources) {
  auto config = load_config(sources);
  if (!config.ok()) return refused(config.error().message);
  if (config.value().postgres.url.empty()) {
    return refused("postgres.url: must be given, as --postgres URL or in the settings");
  }
  auto warnings = config_warnings(config.value(), sources.environment);
  return MigrateCommand{std::move(config).value(), std::move(warnings)};
}

Command make_check(const ConfigSources& sources, bool connect) {
  auto report = check_config(sources);
  if (!report.ok()) return refused(report.error().message);
  if (!connect) return Finished{.output = std::move(report).value()};
  auto config = load_config(sources);
  if (!config.ok()) return refused(config.error().message);
  return ConnectCommand{std::move(config).value(), std::move(report).value()};
}

Command make_print(const ConfigSources& sources, bool as_reference) {
  if (as_reference) return Finished{.output = settings_reference()};
  const auto config = load_config(sources);
  if (!config.ok()) return refused(config.error().message);
  return Finished{.output = print_config(config.value())};
}

Command make_token(const ConfigSources& sources, const TokenRequest& request) {
  const auto config = load_config(sources);
  if (!config.ok()) return refused(config.error().message);
  const auto token = make_user_token(request, config.value().auth, base::SystemClock().now());
  if (!token.ok()) return refused(token.error().message);
  return Finished{.output = token.value() + "\n"};
}

Command make_status(StatusCommand status, const std::string& api_key_file,
                    const Environment& environment) {
  auto key = api_key_for_status(api_key_file, environment);
  if (!key) return misused("status", key.error().message);
  status.api_key = std::move(key).value();
  return status;
}

Command make_retention(const ConfigSources& sources, const RetentionRequest& request) {
  auto config = load_config(sources);
  if (!config.ok()) return refused(config.error().message);
  const std::string command = fmt::format("retention {}", name_of(request.verb));
  auto policies = retention_policies(config.value());
  if (policies.empty()) return refused(kNoPolicy);
  auto wanted = chosen(policies, request.policy);
  if (wanted.empty()) return no_such_policy(policies, request.policy, command);
  if (request.verb == RetentionVerb::rebuild && wanted.size() > 1) {
    return misused(command, "--policy is required: there is " + names_of(policies));
  }
  auto warnings = config_warnings(config.value(), sources.environment);
  return RetentionCommand{request, std::move(config).value(), std::move(wanted),
                          std::move(warnings)};
}

Command make_doctor(const ConfigSources& sources, DoctorRequest request) {
  if (!request.public_url.empty()) {
    const auto target = parse_http_target(request.public_url);
    if (!target) return misused("doctor", "--public-url: " + target.error().message);
  }
  auto config = load_config(sources);
  if (!config.ok()) return refused(config.error().message);
  auto warnings = config_warnings(config.value(), sources.environment);
  return DoctorCommand{std::move(request), std::move(config).value(), std::move(warnings)};
}

}  // namespace rollcall::app

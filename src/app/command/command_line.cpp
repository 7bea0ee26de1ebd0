#include "app/command/command_line.hpp"

#include "app/command/bench_help.hpp"
#include "app/command/command_help.hpp"
#include "app/command/commands.hpp"
#include "app/command/doctor_help.hpp"
#include "app/command/retention_help.hpp"
#include "app/config/nearest.hpp"
#include "app/config/quote.hpp"
#include "app/config/settings.hpp"
#include "app/config/user_token.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace rollcall::app {
namespace {

struct FlagSetting {
  std::string_view flag;
  std::string_view path;
  std::string_view value_name;
};

constexpr FlagSetting kPostgresFlag{"--postgres", "postgres.url", "URL"};
constexpr FlagSetting kServeFlags[] = {{"--listen", "server.listen", "HOST:PORT"},
                                       {"--redis", "redis.url", "URL"},
                                       kPostgresFlag,
                                       {"--data-dir", "store.data_dir", "DIR"},
                                       {"--threads", "server.threads", "N"},
                                       {"--node-name", "server.node_name", "NAME"},
                                       {"--log-level", "log.level", "LEVEL"},
                                       {"--log-format", "log.format", "FORMAT"}};

// The grammar, and what was read by it.
class Grammar {
 public:
  explicit Grammar(const Environment& environment) : app_(kAbout, "rollcall") {
    sources_.environment = environment;
    app_.footer(kExamples);
    app_.set_version_flag("--version", "rollcall " ROLLCALL_VERSION);
    app_.get_formatter()->column_width(28);
    app_.get_formatter()->label("SUBCOMMAND", "COMMAND");
    add_commands();
  }

  Command parse(std::span<const std::string> arguments) {
    try {
      app_.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    } catch (const CLI::CallForHelp&) {
      return Finished{.output = app_.help()};
    } catch (const CLI::CallForVersion&) {
      return version();
    } catch (const CLI::ExtrasError&) {
      return unexpected();
    } catch (const CLI::ParseError& error) {
      return mistaken(error.what());
    }
    return run();
  }

 private:
  void add_commands() {
    serve_ = add_command("serve", "Serve HTTP until SIGTERM", kServeExamples);
    add_config_option(*serve_);
    serve_->add_flag("--dev", sources_.dev, "Open all routes, to this machine only");
    serve_->add_flag("--echo", sources_.echo, "Return all messages at /echo, for WebSocket tests");
    for (const FlagSetting& flag : kServeFlags) add_setting(*serve_, flag);

    migrate_ = add_command("migrate", "Make or update the tables in PostgreSQL", kMigrateExamples);
    add_config_option(*migrate_);
    add_setting(*migrate_, kPostgresFlag);

    check_ =
        add_command("check-config", "Tell all that is wrong with the settings", kCheckExamples);
    check_->add_option("FILE", sources_.file, "The settings file (TOML)")
        ->required()
        ->type_name(" ");
    check_->add_flag("--connect", connect_, "Also look whether the tables are as they say");

    print_ =
        add_command("print-config", "Print all settings in effect, explained", kPrintExamples);
    add_config_option(*print_);
    print_->add_flag("--markdown", prints_reference_, "Print the reference of all settings");

    token_ = add_command("token", "Make a user's token, to try things with", kTokenExamples);
    add_config_option(*token_);
    add_token_options(*token_);

    retention_ = add_command("retention", "Keep session tables small", kRetentionExamples);
    add_retention_verbs();

    status_ = add_command("status", "Ask a running server how it fares", kStatusExamples);
    add_status_options(*status_);

    doctor_ = add_command("doctor", "Look for what is wrong with a set-up", kDoctorExamples);
    add_config_option(*doctor_);
    add_flags(*doctor_, doctor_flags(doctor_request_));

    bench_ = add_command("bench", "Load a server, and tell how it fares", kBenchExamples);
    add_bench(BenchVerb::heartbeats, "Let sessions beat", kHeartbeatExamples);
    add_bench(BenchVerb::connections, "Open WebSockets and hold them", kConnectionExamples);
    add_bench(BenchVerb::fanout, "Publish to WebSockets, and count", kFanoutExamples);

    version_ = add_command("version", "Print the version", "");
    app_.require_subcommand(0, 1);
  }

  void add_retention_verbs() {
    using enum RetentionVerb;
    add_verb(plan, "Tell what would be deleted, which way and why", kPlanExamples, nullptr);
    add_verb(run, "Delete what is due, until nothing is left", kRunExamples,
             "Count, and delete nothing");
    add_verb(rebuild, "Give the space of a mostly dead table back", kRebuildExamples,
             "Tell whether it can be done");
    add_verb(RetentionVerb::status, "Tell how the tables fare", kRetentionStatusExamples, nullptr);
    retention_->require_subcommand(0, 1);
  }

  // Who never changes anything takes --dry-run without a word.
  void add_verb(RetentionVerb verb, const char* about, const char* examples, const char* dry_run) {
    CLI::App& command = *add_command(name_of(verb), about, examples, retention_);
    add_config_option(command);
    command.add_option("--policy", retention_request_.policy, "Only this one")->type_name("NAME");
    command.add_flag("--json", retention_request_.json, "Print JSON, one object a line");
    CLI::Option* const dry = command.add_flag("--dry-run", retention_request_.dry_run);
    dry_run != nullptr ? dry->description(dry_run) : dry->group("");
    command.callback([this, verb] { retention_request_.verb = verb; });
  }

  void add_bench(BenchVerb verb, const char* about, const char* examples) {
    CLI::App& command = *add_command(name_of(verb), about, examples, bench_);
    add_config_option(command);
    add_flags(command, bench_flags(verb, bench_request_));
    command.callback([this, verb] { bench_request_.verb = verb; });
  }

  CLI::App* add_command(std::string_view name, const char* about, const char* examples,
                        CLI::App* parent = nullptr) {
    CLI::App* const command = (parent ? parent : &app_)->add_subcommand(std::string(name), about);
    command->group("Commands");
    command->footer(examples);
    return command;
  }

  void add_config_option(CLI::App& command) {
    command.add_option("--config", sources_.file, "The settings file (TOML)")->type_name("FILE");
  }

  static void add_flags(CLI::App& command, const std::vector<CommandFlag>& flags) {
    for (const CommandFlag& flag : flags) {
      const auto add = [&](auto* to) {
        if constexpr (std::is_same_v<decltype(to), bool*>) {
          command.add_flag(flag.name, *to, flag.about);
        } else {
          command.add_option(flag.name, *to, flag.about)
              ->type_name(flag.value_name)
              ->allow_extra_args(false);
        }
      };
      std::visit(add, flag.to);
    }
  }

  void add_token_options(CLI::App& command) {
    command.add_option("--sub", token_request_.user, "The user")->required()->type_name("USER");
    command.add_option("--ttl", token_request_.ttl, "How long it is valid: 1h when not given")
        ->type_name("TIME");
    command.add_option("--watch", token_request_.watch, "Whose presence: ID, 'prefix*' or '*'")
        ->type_name("ID")
        ->allow_extra_args(false);
    command
        .add_option("--private-key-file", token_request_.private_key_file,
                    "The key (PEM) of RS256, ES256 or EdDSA")
        ->type_name("FILE");
    command.add_option("--key-id", token_request_.key_id, "The kid of the key in auth.jwks_file")
        ->type_name("KID");
  }

  void add_status_options(CLI::App& command) {
    command.add_option("--url", status_request_.url, "The server: " + status_request_.url)
        ->type_name("URL");
    command.add_option("--api-key-file", api_key_file_, "A file whose first line is an API key")
        ->type_name("FILE");
    command.add_flag("--json", status_request_.json, "Print what /api/v1/status answers");
  }

  void add_setting(CLI::App& command, const FlagSetting& flag) {
    const auto keep = [this, flag](const std::string& text) {
      sources_.flags.push_back({std::string(flag.flag), std::string(flag.path), text});
    };
    const std::vector<Setting> settings = settings_of(defaults_);
    const auto setting = std::ranges::find(settings, flag.path, &Setting::path);
    command
        .add_option_function<std::string>(std::string(flag.flag), keep,
                                          std::string(setting->description))
        ->type_name(std::string(flag.value_name));
  }

  Command run() {
    if (serve_->parsed()) return make_serve(std::move(sources_));
    if (migrate_->parsed()) return make_migrate(sources_);
    if (check_->parsed()) return make_check(sources_, connect_);
    if (print_->parsed()) return make_print(sources_, prints_reference_);
    if (token_->parsed()) return make_token(sources_, token_request_);
    if (status_->parsed()) {
      return make_status(std::move(status_request_), api_key_file_, sources_.environment);
    }
    if (retention_->parsed() && !retention_->get_subcommands().empty()) {
      return make_retention(sources_, retention_request_);
    }
    if (doctor_->parsed()) return make_doctor(sources_, std::move(doctor_request_));
    if (bench_->parsed() && !bench_->get_subcommands().empty()) {
      return make_bench(sources_, std::move(bench_request_));
    }
    if (version_->parsed()) return version();
    return Finished{.status = kNotUnderstood, .error = app_.help()};
  }

  static Finished version() { return {.output = "rollcall " ROLLCALL_VERSION "\n"}; }

  // The command that was typed, as far as it was understood.
  const CLI::App& innermost() const {
    const CLI::App* app = &app_;
    while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
    return *app;
  }

  Finished mistaken(std::string_view what) const {
    std::string words;
    for (const CLI::App* app = &innermost(); app != &app_; app = app->get_parent()) {
      words.insert(0, app->get_name() + (words.empty() ? "" : " "));
    }
    return misused(words, what);
  }

  // The value of an unknown flag may be a secret: only its name is repeated.
  Finished unexpected() const {
    const std::vector<std::string> rest = app_.remaining(true);
    const std::string_view first = rest.empty() ? std::string_view{} : std::string_view(rest[0]);
    const std::string_view word = first.substr(0, first.find('='));
    const CLI::App& command = innermost();
    if (word.starts_with('-')) {
      const std::vector<std::string> flags = flags_of(command);
      return mistaken(fmt::format("unknown flag {}{}", excerpt(word),
                                  suggestion(word, {flags.begin(), flags.end()})));
    }
    std::vector<std::string_view> names;
    for (const CLI::App* const inner : command.get_subcommands({})) {
      names.push_back(inner->get_name());
    }
    const std::string shown = excerpt(without_password(word));
    if (names.empty()) return mistaken("unexpected argument " + shown);
    return mistaken(fmt::format("unknown command {}{}", shown, suggestion(word, names)));
  }

  static std::vector<std::string> flags_of(const CLI::App& command) {
    std::vector<std::string> flags;
    for (const CLI::Option* const option : command.get_options()) {
      for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
    }
    return flags;
  }

  CLI::App app_;
  CLI::App* serve_ = nullptr;
  CLI::App* migrate_ = nullptr;
  CLI::App* check_ = nullptr;
  CLI::App* print_ = nullptr;
  CLI::App* token_ = nullptr;
  CLI::App* status_ = nullptr;
  CLI::App* retention_ = nullptr;
  CLI::App* doctor_ = nullptr;
  CLI::App* bench_ = nullptr;
  CLI::App* version_ = nullptr;
  Config defaults_;
  ConfigSources sources_;
  bool prints_reference_ = false;
  TokenRequest token_request_;
  StatusCommand status_request_;
  std::string api_key_file_;
  RetentionRequest retention_request_;
  DoctorRequest doctor_request_;
  BenchRequest bench_request_;
  bool connect_ = false;
};

}  // namespace

Command parse_command_line(std::span<const std::string> arguments,
                           const Environment& environment) {
  return Grammar(environment).parse(arguments);
}

}  // namespace rollcall::app

#include "app/command_line.hpp"

#include "app/command_help.hpp"
#include "app/config_file.hpp"
#include "app/config_report.hpp"
#include "app/nearest.hpp"
#include "app/print_config.hpp"
#include "app/quote.hpp"
#include "app/settings.hpp"
#include "app/user_token.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace rollcall::app {
namespace {

constexpr int kConfigProblem = 1;
constexpr int kNotUnderstood = 2;

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

// Comments are skipped, so that the file of server.api_keys_file serves as well.
base::Result<std::string> api_key_for_status(const std::string& file,
                                             const Environment& environment) {
  if (file.empty()) {
    const auto variable = environment.find("ROLLCALL_API_KEY");
    return variable == environment.end() ? std::string() : variable->second;
  }
  auto text = read_file(file);
  if (!text) return std::move(text).error();
  std::istringstream lines(text.value());
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty() && !line.starts_with('#')) return line;
  }
  return base::Error{base::Errc::invalid_argument, "no_key", file + ": there is no key in it"};
}

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
      return misused(error.what());
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

    print_ =
        add_command("print-config", "Print all settings in effect, explained", kPrintExamples);
    add_config_option(*print_);

    token_ = add_command("token", "Make a user's token, to try things with", kTokenExamples);
    add_config_option(*token_);
    add_token_options(*token_);

    status_ = add_command("status", "Ask a running server how it fares", kStatusExamples);
    add_status_options(*status_);

    version_ = add_command("version", "Print the version", "");
    app_.require_subcommand(0, 1);
  }

  CLI::App* add_command(const char* name, const char* about, const char* examples) {
    CLI::App* const command = app_.add_subcommand(name, about);
    command->group("Commands");
    command->footer(examples);
    return command;
  }

  void add_config_option(CLI::App& command) {
    command.add_option("--config", sources_.file, "The settings file (TOML)")->type_name("FILE");
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
    if (serve_->parsed()) return serve();
    if (migrate_->parsed()) return migrate();
    if (check_->parsed()) return check();
    if (print_->parsed()) return print();
    if (token_->parsed()) return token();
    if (status_->parsed()) return status();
    if (version_->parsed()) return version();
    return Finished{.status = kNotUnderstood, .error = app_.help()};
  }

  Command serve() {
    auto config = load_config(sources_);
    if (!config.ok()) return refused(config.error().message);
    auto warnings = config_warnings(config.value(), sources_.environment);
    return ServeCommand{std::move(sources_), std::move(config).value(), std::move(warnings)};
  }

  Command migrate() {
    auto config = load_config(sources_);
    if (!config.ok()) return refused(config.error().message);
    if (config.value().postgres.url.empty()) {
      return refused("postgres.url: must be given, as --postgres URL or in the settings");
    }
    auto warnings = config_warnings(config.value(), sources_.environment);
    return MigrateCommand{std::move(config).value(), std::move(warnings)};
  }

  Command check() {
    auto report = check_config(sources_);
    if (!report.ok()) return refused(report.error().message);
    return Finished{.output = std::move(report).value()};
  }

  Command print() {
    const auto config = load_config(sources_);
    if (!config.ok()) return refused(config.error().message);
    return Finished{.output = print_config(config.value())};
  }

  Command token() {
    const auto config = load_config(sources_);
    if (!config.ok()) return refused(config.error().message);
    const auto token =
        make_user_token(token_request_, config.value().auth, base::SystemClock().now());
    if (!token.ok()) return refused(token.error().message);
    return Finished{.output = token.value() + "\n"};
  }

  Command status() {
    auto key = api_key_for_status(api_key_file_, sources_.environment);
    if (!key) return misused(key.error().message);
    status_request_.api_key = std::move(key).value();
    return std::move(status_request_);
  }

  static Finished version() { return {.output = "rollcall " ROLLCALL_VERSION "\n"}; }

  static Finished refused(std::string_view problems) {
    return {.status = kConfigProblem, .error = fmt::format("{}\n", problems)};
  }

  Finished misused(std::string_view what) const {
    const auto commands = app_.get_subcommands();
    const std::string command = commands.empty() ? "" : " " + commands.front()->get_name();
    return {.status = kNotUnderstood,
            .error = fmt::format("rollcall: {}\nSee \"rollcall{} --help\".\n", what, command)};
  }

  // The value of an unknown flag may be a secret: only its name is repeated.
  Finished unexpected() const {
    const std::vector<std::string> rest = app_.remaining(true);
    const std::string_view first = rest.empty() ? std::string_view{} : std::string_view(rest[0]);
    const std::string_view word = first.substr(0, first.find('='));
    const auto commands = app_.get_subcommands();
    if (word.starts_with('-')) {
      const std::vector<std::string> flags = flags_of(commands);
      return misused(fmt::format("unknown flag {}{}", excerpt(word),
                                 suggestion(word, {flags.begin(), flags.end()})));
    }
    if (!commands.empty()) {
      return misused(fmt::format("unexpected argument {}", excerpt(without_password(word))));
    }
    std::vector<std::string_view> names;
    for (const CLI::App* const command : app_.get_subcommands({})) {
      names.push_back(command->get_name());
    }
    return misused(fmt::format("unknown command {}{}", excerpt(without_password(word)),
                               suggestion(word, names)));
  }

  std::vector<std::string> flags_of(const std::vector<CLI::App*>& commands) const {
    const CLI::App& command = commands.empty() ? app_ : *commands.front();
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
  CLI::App* version_ = nullptr;
  Config defaults_;
  ConfigSources sources_;
  TokenRequest token_request_;
  StatusCommand status_request_;
  std::string api_key_file_;
};

}  // namespace

Command parse_command_line(std::span<const std::string> arguments,
                           const Environment& environment) {
  return Grammar(environment).parse(arguments);
}

}  // namespace rollcall::app

#include "app/command/serve.hpp"

#include "adapters/postgres/migrations.hpp"
#include "adapters/postgres/sessions_check.hpp"
#include "app/config/access_rules.hpp"
#include "app/config/retention_policies.hpp"
#include "app/node/compose.hpp"
#include "app/node/file_limit.hpp"
#include "app/node/retention_check.hpp"
#include "app/node/running_node.hpp"
#include "app/node/service_notice.hpp"
#include "app/node/watchdog.hpp"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <string>

#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/resource.h>

namespace rollcall::app {
namespace {

constexpr std::chrono::seconds kToStop{10};  // after the drain: threads, journal

base::Logger make_logger(const LogConfig& config) {
  using base::LogLevel;
  LogLevel level = LogLevel::info;
  if (config.level == "debug") level = LogLevel::debug;
  if (config.level == "warn") level = LogLevel::warn;
  if (config.level == "error") level = LogLevel::error;
  if (config.level == "off") level = LogLevel::off;
  return base::Logger(STDERR_FILENO, level,
                      config.format == "json" ? base::LogFormat::json : base::LogFormat::text);
}

int fail(const base::Error& error) {
  std::cerr << "rollcall: " << error.message << '\n';
  return 1;
}

// The limit that a shell hands down is often 1,024.
void raise_file_limit(const Config& config, const base::Logger& logger) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &files) != 0) return;
  if (files.rlim_cur >= files_needed(config)) return;
  logger.warn("fewer files may be opened than limits.connections: raise the limit (ulimit -Hn)",
              {{"files", std::uint64_t{files.rlim_cur}},
               {"connections", std::uint64_t{config.limits.connections}}});
}

// A database that cannot be reached now may be back in a minute: then the tables are made by
// `rollcall migrate`, or are there already.
base::Status prepare_tables(const Config& config, const base::Logger& logger) {
  if (config.postgres.url.empty() || !config.postgres.migrate) return base::Done{};
  const auto report = postgres::migrate(config.postgres.url);
  if (report) {
    for (const std::string_view step : report.value().applied) {
      logger.info("postgres migrated", {{"step", step}});
    }
    return base::Done{};
  }
  if (report.error().kind != base::Errc::unavailable) return report.error();
  logger.error("postgres tables are not checked", {{"reason", report.error().message}});
  return base::Done{};
}

base::Status check_sessions_table(const PostgresConfig& config, const base::Logger& logger) {
  if (config.url.empty() || config.sessions_table.empty()) return base::Done{};
  base::Status checked =
      postgres::check_sessions_table(config.url, config.sessions_table, config.sessions_time_zone);
  if (checked || checked.error().kind != base::Errc::unavailable) return checked;
  logger.error("the table of sessions is not checked", {{"reason", checked.error().message}});
  return base::Done{};
}

// The main thread's part: signals, the time that a drain may take, and the service's supervisor.
class Lifetime {
 public:
  Lifetime(const ServeCommand& command, RunningNode& node, const base::Logger& logger)
      : command_(command), node_(node), logger_(logger) {}

  void run() {
    wait_for_signal();
    tell_ready();
    watchdog_.start();
    loop_.run();
  }

 private:
  void wait_for_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) return;
      if (signal == SIGHUP) {
        told(notice_.reloading());
        reload();
        tell_ready();
        return wait_for_signal();
      }
      drain(signal);
    });
  }

  void drain(int signal) {
    logger_.info("draining", {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
    told(notice_.stopping(command_.config.server.drain + kToStop));
    timer_.expires_after(command_.config.server.drain);
    timer_.async_wait([this](const boost::system::error_code&) { finish(); });
    node_.drain([this] { boost::asio::post(loop_, [this] { finish(); }); });
    signals_.async_wait([this](const boost::system::error_code& error, int) {
      if (!error) finish();  // a second signal: at once
    });
  }

  void finish() { loop_.stop(); }

  void reload() {
    auto config = load_config(command_.sources);
    if (!config) return keep(config.error());
    auto rules = load_access_rules(config.value());
    if (!rules) return keep(rules.error());
    auto done = node_.reload(config.value(), std::move(rules).value());
    if (!done) return keep(done.error());
    logger_.info("reloaded", {{"what",
                               "keys, allowed origins, trusted proxies, rosters, "
                               "retention policies"}});
  }

  void keep(const base::Error& error) {
    logger_.error("not reloaded: the settings in force stay", {{"reason", error.message}});
  }

  void tell_ready() { told(notice_.ready("Serving " + node_.url())); }

  void told(const base::Status& sent) {
    if (!sent) logger_.warn("the supervisor is not told", {{"reason", sent.error().message}});
  }

  const ServeCommand& command_;
  RunningNode& node_;
  const base::Logger& logger_;
  const Supervision supervision_ = supervision_of_environment();
  const ServiceNotice notice_{supervision_.socket};
  boost::asio::io_context loop_{1};
  boost::asio::signal_set signals_{loop_, SIGTERM, SIGINT, SIGHUP};
  boost::asio::steady_timer timer_{loop_};
  Watchdog watchdog_{loop_, node_.shards(), supervision_.watchdog,
                     [this] { told(notice_.alive()); }};
};

// What is sent to a server that has ended is not to make a death by signal of it: the handlers go
// before the process does.
void deafen() {
  sigset_t signals;
  sigfillset(&signals);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

int serve(const ServeCommand& command) {
  const Config& config = command.config;
  const base::Logger logger = make_logger(config.log);
  for (const std::string& warning : command.warnings) logger.warn(warning);
  std::signal(SIGPIPE, SIG_IGN);
  raise_file_limit(config, logger);
  auto rules = load_access_rules(config);
  if (!rules) return fail(rules.error());
  if (auto tables = prepare_tables(config, logger); !tables) return fail(tables.error());
  if (auto table = check_sessions_table(config.postgres, logger); !table) {
    return fail(table.error());
  }
  if (auto checked = check_policies(retention_policies(config), {}, logger); !checked) {
    return fail(checked.error());
  }
  auto node = compose(config, logger, std::move(rules).value());
  if (!node) return fail(node.error());
  RunningNode running(std::move(node).value());
  Lifetime lifetime(command, running, logger);
  if (auto started = running.start(); !started) return fail(started.error());
  std::cout << "rollcall listening on " << running.url() << std::endl;
  logger.info("ready", {{"url", running.url()},
                        {"store", core::name_of(configured_source(config))},
                        {"dev", config.dev}});
  lifetime.run();
  running.stop();
  deafen();
  logger.info("stopped");
  return 0;
}

int migrate(const MigrateCommand& command) {
  for (const std::string& warning : command.warnings) std::cerr << "warning: " << warning << '\n';
  const auto report = postgres::migrate(command.config.postgres.url);
  if (!report) return fail(report.error());
  for (const std::string_view step : report.value().applied) std::cout << step << '\n';
  std::cout << "tables are at version " << report.value().to << '\n';
  return 0;
}

}  // namespace rollcall::app

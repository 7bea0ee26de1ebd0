#include "app/config/consistency.hpp"

#include "app/config/quote.hpp"
#include "app/config/retention_consistency.hpp"
#include "app/config/text_checks.hpp"
#include "app/config/units.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace rollcall::app {
namespace {

std::string entry(std::string_view table, std::size_t index, std::string_view key) {
  return fmt::format("{}[{}].{}", table, index, key);
}

void check_server(ConfigDraft& draft) {
  const ServerConfig& server = draft.config.server;
  const bool has_certificate = !server.tls.certificate_file.empty();
  const bool has_key = !server.tls.private_key_file.empty();
  if (has_certificate && !has_key) {
    draft.complain("server.tls.certificate_file", "needs server.tls.private_key_file too");
  }
  if (has_key && !has_certificate) {
    draft.complain("server.tls.private_key_file", "needs server.tls.certificate_file too");
  }
  const auto listen = parse_endpoint(server.listen);
  const auto admin = parse_endpoint(server.admin_listen);
  if (listen.ok() && admin.ok() && server.listen == server.admin_listen &&
      listen.value().port != 0) {
    draft.complain("server.admin_listen", "is the same as server.listen: give a port of its own");
  }
  if (draft.config.redis.timeout > server.request_deadline) {
    draft.complain("redis.timeout",
                   fmt::format("{} is longer than server.request_deadline, {}",
                               format_duration(draft.config.redis.timeout),
                               format_duration(server.request_deadline)),
                   "server.request_deadline");
  }
}

void check_dev(ConfigDraft& draft) {
  const ServerConfig& server = draft.config.server;
  for (const auto& [path, text] : {std::pair("server.listen", server.listen),
                                   std::pair("server.admin_listen", server.admin_listen)}) {
    const auto endpoint = parse_endpoint(text);
    if (!endpoint.ok() || is_loopback(endpoint.value().host)) continue;
    draft.complain(path,
                   fmt::format("{} is open to others, and --dev to everyone: with --dev listen on "
                               "127.0.0.1, [::1] or localhost",
                               excerpt(text)));
  }
}

void check_auth(ConfigDraft& draft) {
  const AuthConfig& auth = draft.config.auth;
  const std::pair<std::string_view, const std::string&> sources[] = {
      {"auth.secret", auth.secret},
      {"auth.secret_file", auth.secret_file},
      {"auth.public_key_file", auth.public_key_file},
      {"auth.jwks_file", auth.jwks_file}};
  std::string_view first;
  for (const auto& [path, value] : sources) {
    if (value.empty()) continue;
    if (!first.empty()) {
      draft.complain(path, fmt::format("cannot be used with {}: give one of them", first));
    }
    first = path;
  }
  if (auth.algorithm == "HS256" && !auth.public_key_file.empty()) {
    draft.complain("auth.public_key_file", "is no key for HS256, which signs with a secret");
  }
  if (auth.algorithm != "HS256" && (!auth.secret.empty() || !auth.secret_file.empty())) {
    draft.complain(auth.secret.empty() ? "auth.secret_file" : "auth.secret",
                   fmt::format("is no key for {}: give auth.public_key_file or auth.jwks_file",
                               auth.algorithm),
                   "auth.algorithm");
  }
}

void check_realtime(ConfigDraft& draft) {
  const RealtimeConfig& realtime = draft.config.realtime;
  if (realtime.pong_wait < realtime.ping) {
    draft.complain(
        "realtime.pong_wait",
        fmt::format("{} is shorter than realtime.ping, {}: every connection would be lost",
                    format_duration(realtime.pong_wait), format_duration(realtime.ping)),
        "realtime.ping");
  }
  if (realtime.presence_ttl < realtime.pong_wait) {
    draft.complain(
        "realtime.presence_ttl",
        fmt::format("{} is shorter than realtime.pong_wait, {}",
                    format_duration(realtime.presence_ttl), format_duration(realtime.pong_wait)),
        "realtime.pong_wait");
  }
  if (realtime.queue_bytes < realtime.max_message) {
    draft.complain(
        "realtime.queue_bytes",
        fmt::format("{} does not hold one realtime.max_message, {}",
                    format_bytes(realtime.queue_bytes), format_bytes(realtime.max_message)),
        "realtime.max_message");
  }
}

void check_rosters(ConfigDraft& draft) {
  const Config& config = draft.config;
  std::map<std::string, std::string> owners{{config.sessions.key, "the sessions"}};
  std::map<std::string, std::size_t> names;
  for (std::size_t i = 0; i < config.rosters.size(); ++i) {
    const RosterConfig& roster = config.rosters[i];
    const std::string name_path = entry("roster", i, "name");
    if (roster.name.empty()) {
      draft.complain(name_path, "is missing");
      continue;
    }
    if (roster.name == kSessionsRoster) {
      draft.complain(name_path, fmt::format("{} is the roster of the sessions: take another name",
                                            quoted(roster.name)));
    }
    if (!names.emplace(roster.name, i).second) {
      draft.complain(name_path, fmt::format("{} is there twice", quoted(roster.name)));
      continue;
    }
    const std::string& key = roster.key.empty() ? roster.name : roster.key;
    const auto [owner, is_new] = owners.emplace(key, "roster " + quoted(roster.name));
    if (!is_new) {
      draft.complain(roster.key.empty() ? name_path : entry("roster", i, "key"),
                     fmt::format("{} is also the Redis key of {}", excerpt(key), owner->second));
    }
    if (roster.key_expiry.count() != 0 && roster.key_expiry < roster.ttl) {
      draft.complain(entry("roster", i, "key_expiry"),
                     fmt::format("{} is shorter than ttl, {}: live members would be lost",
                                 format_duration(roster.key_expiry), format_duration(roster.ttl)));
    }
  }
}

void check_refreshes(ConfigDraft& draft) {
  const Config& config = draft.config;
  for (std::size_t i = 0; i < config.refreshes.size(); ++i) {
    const RefreshConfig& refresh = config.refreshes[i];
    const bool is_known = std::ranges::any_of(
        config.rosters, [&](const RosterConfig& roster) { return roster.name == refresh.roster; });
    if (refresh.roster.empty()) {
      draft.complain(entry("refresh", i, "roster"), "is missing");
    } else if (!is_known) {
      draft.complain(entry("refresh", i, "roster"),
                     fmt::format("{} is no configured [[roster]]", quoted(refresh.roster)));
    }
    if (refresh.message.empty()) draft.complain(entry("refresh", i, "message"), "is missing");
    if (refresh.message.size() > config.realtime.max_message) {
      draft.complain(entry("refresh", i, "message"),
                     fmt::format("is longer than realtime.max_message, {}",
                                 format_bytes(config.realtime.max_message)));
    }
  }
}

}  // namespace

void check_consistency(ConfigDraft& draft) {
  check_server(draft);
  if (draft.config.dev) check_dev(draft);
  check_auth(draft);
  check_realtime(draft);
  check_rosters(draft);
  check_refreshes(draft);
  check_retentions(draft);
}

}  // namespace rollcall::app

#include "app/config/settings.hpp"

#include "app/config/text_checks.hpp"

#include <array>
#include <cstddef>
#include <iterator>

namespace rollcall::app {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Settings = std::vector<Setting>;

constexpr std::size_t kKib = 1024;
constexpr std::size_t kMib = 1024 * kKib;
constexpr std::size_t kGib = 1024 * kMib;
constexpr std::size_t kMillion = 1'000'000;
constexpr Millis kShortest{10};

constexpr std::array<std::string_view, 4> kAlgorithms{"HS256", "RS256", "ES256", "EdDSA"};
constexpr std::array<std::string_view, 5> kLevels{"debug", "info", "warn", "error", "off"};
constexpr std::array<std::string_view, 2> kFormats{"text", "json"};
constexpr std::array<std::string_view, 2> kScores{"ms", "s"};
constexpr std::array<std::string_view, 7> kPresets{
    "", "hatchet", "active_sessions", "django_session", "connect-pg-simple", "rails", "custom"};

Settings server_settings(ServerConfig& c, GatewayConfig& gateway) {
  return {
      {"server.listen", Text{&c.listen, check_endpoint, true},
       "HOST:PORT to serve on; port 0 picks a free one"},
      {"server.admin_listen", Text{&c.admin_listen, check_endpoint},
       "HOST:PORT for metrics and dashboard alone; empty: they stay on server.listen"},
      {"server.threads", Count{&c.threads, 0, 1024}, "Threads that serve; 0: one per core"},
      {"server.node_name", Text{&c.node_name, check_label},
       "What this node is called; empty: the host name"},
      {"server.api_keys", TextList{&c.api_keys, check_api_key},
       "Keys of 16 bytes or more that open the routes for applications; none: they stay closed",
       Secrecy::whole},
      {"server.api_keys_file", FilePath{&c.api_keys_file}, "A file with one API key a line"},
      {"server.allowed_origins", TextList{&c.allowed_origins, check_origin},
       "Other origins whose pages may call, exactly as browsers name them"},
      {"server.trusted_proxies", TextList{&c.trusted_proxies, check_cidr},
       "Networks of proxies whose X-Forwarded-For is believed"},
      {"server.request_deadline", Duration{&c.request_deadline, kShortest, minutes(1)},
       "The longest that a request waits for a store before 503"},
      {"server.connections_per_address", Count{&c.connections_per_address, 0, kMillion},
       "Open connections of one address; 0: no limit"},
      {"server.drain", Duration{&c.drain, Millis(0), minutes(10)},
       "How long open requests may go on after SIGTERM"},
      {"server.tls.certificate_file", FilePath{&c.tls.certificate_file},
       "The certificate chain (PEM) to serve HTTPS with; empty: HTTP"},
      {"server.tls.private_key_file", FilePath{&c.tls.private_key_file},
       "The private key (PEM) of that certificate"},
      {"gateway.secret_file", FilePath{&gateway.secret_file},
       "A secret shared with the gateway: X-User-ID is believed with it in X-Gateway-Secret"},
  };
}

Settings sessions_settings(SessionsConfig& c) {
  return {
      {"sessions.timeout", Duration{&c.timeout, Millis(100), days(30)},
       "A session counts as online for this long after its last beat"},
      {"sessions.cookie", Text{&c.cookie, check_cookie_name, true},
       "The cookie that holds a session id"},
      {"sessions.key", Text{&c.key, check_redis_key, true}, "The Redis key of the sessions"},
      {"sessions.rate_limit", Count{&c.rate_limit, 0, kMillion},
       "Beats per second and address (all behind a proxy share one); 0: no limit"},
      {"sessions.minted_per_minute", Count{&c.minted_per_minute, 1, kMillion},
       "New cookie ids per minute and address"},
  };
}

Settings store_settings(RedisConfig& redis, PostgresConfig& postgres, StoreConfig& store) {
  return {
      {"redis.url", Text{&redis.url, check_redis_url},
       "redis://[user:password@]host:port/db, rediss:// for TLS, unix:///path; empty: no Redis",
       Secrecy::password},
      {"redis.timeout", Duration{&redis.timeout, Millis(1), minutes(1)},
       "The longest wait for an answer of Redis"},
      {"redis.ca_file", FilePath{&redis.ca_file},
       "Authorities (PEM) to trust for rediss://; empty: the system's"},
      {"redis.batch_members", Count{&redis.batch_members, 1, 1000}, "Changes in one round trip"},
      {"redis.queued_changes", Count{&redis.queued_changes, 1, 10 * kMillion},
       "Changes that may wait per roster and thread; more are refused with 503"},
      {"redis.trim_every", Duration{&redis.trim_every, kShortest, hours(1)},
       "How often expired members are dropped"},
      {"redis.trim_members", Count{&redis.trim_members, 1, 100'000},
       "Expired members dropped at once"},
      {"postgres.url", Text{&postgres.url, check_postgres_url},
       "postgresql://[user:password@]host:port/database; empty: no PostgreSQL", Secrecy::password},
      {"postgres.timeout", Duration{&postgres.timeout, kShortest, minutes(1)},
       "The longest wait for an answer of PostgreSQL"},
      {"postgres.batch_members", Count{&postgres.batch_members, 1, 10'000},
       "Changes in one statement"},
      {"postgres.queued_changes", Count{&postgres.queued_changes, 1, 10 * kMillion},
       "Changes that may wait per roster and thread; more are refused with 503"},
      {"postgres.migrate", Flag{&postgres.migrate},
       "Make the tables at start; false: only \"rollcall migrate\" does"},
      {"postgres.sessions_table", Text{&postgres.sessions_table, check_table_name},
       "Sessions in (session_id text unique, last_activity timestamp); empty: a table of "
       "rollcall's"},
      {"postgres.sessions_time_zone", Text{&postgres.sessions_time_zone, check_label},
       "The zone of last_activity there, when it is a timestamp without one"},
      {"postgres.clean_every", Duration{&postgres.clean_every, Millis(0), days(1)},
       "How often rows that expired are deleted, also of the sessions' table; 0s: never"},
      {"store.data_dir", Text{&store.data_dir, nullptr},
       "Directory of the journal that keeps members in memory over a restart; empty: none"},
      {"store.max_members", Count{&store.max_members, 1, 1000 * kMillion},
       "Members of one roster that a node keeps in memory; more are refused with 503"},
      {"store.settle", Duration{&store.settle, Millis(100), minutes(5)},
       "After a store failed, or is back, no answer is called exact for so long"},
  };
}

Settings auth_settings(AuthConfig& auth) {
  return {
      {"auth.algorithm", Choice{&auth.algorithm, kAlgorithms},
       "How users' tokens are signed: HS256, RS256, ES256 or EdDSA"},
      {"auth.secret", Text{&auth.secret, check_token_secret}, "The secret of HS256",
       Secrecy::whole},
      {"auth.secret_file", FilePath{&auth.secret_file}, "A file with the secret of HS256"},
      {"auth.public_key_file", FilePath{&auth.public_key_file},
       "The public key (PEM) of the other algorithms"},
      {"auth.jwks_file", FilePath{&auth.jwks_file}, "A JSON Web Key Set"},
      {"auth.issuer", Text{&auth.issuer, check_label}, "Required \"iss\"; empty: any"},
      {"auth.audience", Text{&auth.audience, check_label}, "Required \"aud\"; empty: any"},
      {"auth.leeway", Duration{&auth.leeway, Millis(0), minutes(10)},
       "How far clocks may differ from the token issuer's"},
  };
}

Settings realtime_settings(RealtimeConfig& c) {
  return {
      {"realtime.ping", Duration{&c.ping, kShortest, hours(1)}, "How often clients are pinged"},
      {"realtime.pong_wait", Duration{&c.pong_wait, kShortest, hours(2)},
       "A connection is lost after this long without a pong"},
      {"realtime.presence_ttl", Duration{&c.presence_ttl, Millis(100), days(1)},
       "Presence lasts this long without a pong"},
      {"realtime.presence_prefix", Text{&c.presence_prefix, check_redis_key, true},
       "What the Redis keys of presence begin with"},
      {"realtime.offline_grace", Duration{&c.offline_grace, Millis(0), minutes(10)},
       "A user who returns within this time was never offline"},
      {"realtime.queue_messages", Count{&c.queue_messages, 1, kMillion},
       "Messages that may wait for one connection, before it is closed as too slow"},
      {"realtime.queue_bytes", Bytes{&c.queue_bytes, kKib, kGib},
       "Bytes that may wait for one connection"},
      {"realtime.max_message", Bytes{&c.max_message, 128, 64 * kMib},
       "The largest message that is taken"},
      {"realtime.connections_per_user", Count{&c.connections_per_user, 1, 100'000},
       "Open connections of one user"},
      {"realtime.watched_users", Count{&c.watched_users, 1, 100'000},
       "Users whose presence one connection may watch"},
      {"realtime.drain_spread", Duration{&c.drain_spread, Millis(0), minutes(5)},
       "A drain closes the connections over this time, so that they do not return all at once"},
  };
}

Settings limits_settings(LimitsConfig& c) {
  return {
      {"limits.connections", Count{&c.connections, 1, 10 * kMillion},
       "Open connections of this process"},
      {"limits.header_bytes", Bytes{&c.header_bytes, kKib, kMib}, "Request line and headers"},
      {"limits.body_bytes", Bytes{&c.body_bytes, kKib, 64 * kMib}, "The body of a request"},
      {"limits.pipelined_bytes", Bytes{&c.pipelined_bytes, kKib, 16 * kMib},
       "Read ahead of the request that is being answered"},
      {"limits.output_bytes", Bytes{&c.output_bytes, kKib, kGib},
       "Replies that a client has not read yet"},
      {"limits.first_byte_timeout", Duration{&c.first_byte_timeout, kShortest, hours(1)},
       "From the connection to its first byte"},
      {"limits.header_timeout", Duration{&c.header_timeout, kShortest, hours(1)},
       "From a request's first byte to its last header"},
      {"limits.body_timeout", Duration{&c.body_timeout, kShortest, hours(1)},
       "From the headers to the last byte of the body"},
      {"limits.idle_timeout", Duration{&c.idle_timeout, kShortest, hours(24)},
       "Between two requests of a connection"},
      {"limits.write_timeout", Duration{&c.write_timeout, kShortest, hours(1)},
       "For a client that does not read its reply"},
      {"limits.tracked_addresses", Count{&c.tracked_addresses, 1, 16 * kMillion},
       "Addresses whose rates are remembered"},
  };
}

Settings log_settings(LogConfig& c) {
  return {
      {"log.level", Choice{&c.level, kLevels}, "debug, info, warn, error or off"},
      {"log.format", Choice{&c.format, kFormats}, "text, or json for one object a line"},
  };
}

void append(Settings& settings, const Settings& more) {
  settings.insert(settings.end(), more.begin(), more.end());
}

}  // namespace

std::vector<Setting> settings_of(Config& config) {
  Settings settings = server_settings(config.server, config.gateway);
  append(settings, sessions_settings(config.sessions));
  append(settings, store_settings(config.redis, config.postgres, config.store));
  append(settings, auth_settings(config.auth));
  append(settings, realtime_settings(config.realtime));
  append(settings, limits_settings(config.limits));
  append(settings, log_settings(config.log));
  return settings;
}

std::vector<Setting> settings_of(RosterConfig& roster) {
  return {
      {"name", Text{&roster.name, check_name, true}, "Its name in the API"},
      {"key", Text{&roster.key, check_redis_key}, "Its Redis key; empty: the name"},
      {"ttl", Duration{&roster.ttl, Millis(100), days(30)},
       "A member is live for this long after its last touch"},
      {"score", Choice{&roster.score, kScores}, "The unit of its scores in Redis: ms or s"},
      {"key_expiry", Duration{&roster.key_expiry, Millis(0), days(366)},
       "Expiry of the whole key after the last touch; 0s: none"},
  };
}

std::vector<Setting> settings_of(RefreshConfig& refresh) {
  return {
      {"roster", Text{&refresh.roster, check_name, true}, "The name of a [[roster]]"},
      {"every", Duration{&refresh.every, seconds(1), days(30)}, "The interval"},
      {"message", Text{&refresh.message, nullptr, true}, "What is sent, as it stands"},
  };
}

std::vector<Setting> settings_of(RetentionConfig& c) {
  return {
      {"name", Text{&c.name, check_name, true}, "Its name in logs and commands"},
      {"preset", Choice{&c.preset, kPresets},
       "A table as a known library makes it; what is given below beats it; custom: none of them"},
      {"url", Text{&c.url, check_postgres_url}, "Its database; empty: that of postgres.url",
       Secrecy::password},
      {"table", Text{&c.table, check_table_name}, "The table, with its schema if need be"},
      {"id", Text{&c.id, check_label}, "Its primary key"},
      {"created_at", Text{&c.created_at, check_label}, "When a row was made"},
      {"user_id", Text{&c.user_id, check_label}, "Null in rows of nobody"},
      {"expires_at", Text{&c.expires_at, check_label}, "When a row ends"},
      {"last_seen", Text{&c.last_seen, check_label}, "When a row was last used"},
      {"anonymous_after", Duration{&c.anonymous_after, Millis(0), days(3650)},
       "Rows of nobody go at this age; 0s: as the preset says, or not before they expire"},
      {"idle_after", Duration{&c.idle_after, Millis(0), days(3650)},
       "Rows go when they were not used for so long; 0s: as the preset says, or never"},
      {"time_zone", Text{&c.time_zone, check_label, true}, "Of timestamps without a zone"},
      {"every", Duration{&c.every, seconds(1), days(30)}, "How often it runs"},
      {"batch_target", Duration{&c.batch_target, kShortest, seconds(5)},
       "How long one statement that deletes should take"},
      {"replica_lag", Duration{&c.replica_lag, Millis(100), days(1)},
       "It waits while a replica is further behind than this"},
      {"rebuild_lock", Duration{&c.rebuild_lock, Millis(100), minutes(1)},
       "The longest that \"rollcall retention rebuild\" may lock the table"},
  };
}

std::string environment_name(std::string_view path) {
  std::string name = "ROLLCALL_";
  for (const char c : path) {
    const bool is_letter = c >= 'a' && c <= 'z';
    name += is_letter ? static_cast<char>(c - 'a' + 'A') : c == '.' || c == '-' ? '_' : c;
  }
  return name;
}

std::string_view section_of(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : path.substr(0, dot);
}

std::string_view key_of(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

}  // namespace rollcall::app

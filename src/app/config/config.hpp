#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace rollcall::app {

using base::Millis;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Every setting of rollcall with its default. The table in settings.cpp names each one; the file,
// the environment, print-config and the reference all come from that table.

struct TlsConfig {
  std::string certificate_file;
  std::string private_key_file;
};

struct ServerConfig {
  std::string listen = "127.0.0.1:8085";
  std::string admin_listen;
  std::size_t threads = 0;
  std::string node_name;
  std::vector<std::string> api_keys;
  std::string api_keys_file;
  std::vector<std::string> allowed_origins;
  std::vector<std::string> trusted_proxies;
  Millis request_deadline = seconds(1);
  std::size_t connections_per_address = 0;
  Millis drain = seconds(5);
  TlsConfig tls;
};

// Limits of the HTTP edge.
struct LimitsConfig {
  std::size_t connections = 100'000;     // a process
  std::size_t header_bytes = 16 * 1024;  // request line and headers
  std::size_t body_bytes = 256 * 1024;
  std::size_t pipelined_bytes = 64 * 1024;  // read ahead of the request being answered
  std::size_t output_bytes = 1024 * 1024;   // replies that a client has not read yet
  Millis first_byte_timeout = seconds(10);  // from accept to the first byte
  Millis header_timeout = seconds(10);      // from a request's first byte to its last header
  Millis body_timeout = seconds(20);        // from the headers to the body's last byte
  Millis idle_timeout = seconds(75);        // between requests
  Millis write_timeout = seconds(20);       // a client that does not read
  std::size_t tracked_addresses = 65'536;   // whose rates are remembered
};

struct SessionsConfig {
  Millis timeout = minutes(15);
  std::string cookie = "user_session_id";
  std::string key = "online_sessions";
  std::size_t rate_limit = 0;
  std::size_t minted_per_minute = 1000;
};

struct RedisConfig {
  std::string url;
  Millis timeout{150};
  std::string ca_file;  // for rediss://; empty: the system's
  std::size_t batch_members = 1000;
  std::size_t queued_changes = 100'000;
  Millis trim_every = seconds(1);
  std::size_t trim_members = 5000;
};

struct PostgresConfig {
  std::string url;
  Millis timeout = seconds(1);
  std::size_t batch_members = 1000;
  std::size_t queued_changes = 100'000;
  bool migrate = true;         // make the tables at start
  std::string sessions_table;  // of another program; empty: rollcall's own
  std::string sessions_time_zone = "UTC";
  Millis clean_every = minutes(1);
};

struct StoreConfig {
  std::string data_dir;
  std::size_t max_members = 5'000'000;  // a roster in memory, over all shards
  Millis settle = seconds(10);          // after a change no answer is exact for so long
};

struct AuthConfig {
  std::string algorithm = "HS256";
  std::string secret;
  std::string secret_file;
  std::string public_key_file;
  std::string jwks_file;
  std::string issuer;
  std::string audience;
  Millis leeway = seconds(30);
};

struct GatewayConfig {
  std::string secret_file;
};

struct RealtimeConfig {
  Millis ping = seconds(54);
  Millis pong_wait = seconds(60);
  Millis presence_ttl = minutes(5);
  std::string presence_prefix = "presence:";
  Millis offline_grace = seconds(5);
  std::size_t queue_messages = 256;
  std::size_t queue_bytes = 1024 * 1024;
  std::size_t max_message = 512'000;
  std::size_t connections_per_user = 32;
  std::size_t watched_users = 1000;
  Millis drain_spread = seconds(2);
};

struct LogConfig {
  std::string level = "info";   // debug, info, warn, error, off
  std::string format = "text";  // text, json
};

struct RosterConfig {
  std::string name;
  std::string key;  // empty: the name
  Millis ttl = minutes(5);
  std::string score = "ms";  // or "s": float seconds
  Millis key_expiry{0};      // 0: the key does not expire
};

struct RefreshConfig {
  std::string roster;
  Millis every = minutes(5);
  std::string message;
};

// As it was given: retention_policies() adds what the preset says.
struct RetentionConfig {
  std::string name;
  std::string preset;
  std::string url;  // empty: postgres.url
  std::string table;
  std::string id;
  std::string created_at;
  std::string user_id;
  std::string expires_at;
  std::string last_seen;
  Millis anonymous_after{0};
  Millis idle_after{0};
  std::string time_zone = "UTC";
  Millis every = hours(1);
  Millis batch_target{50};
  Millis replica_lag = seconds(10);
  Millis rebuild_lock = seconds(2);
};

struct Config {
  ServerConfig server;
  LimitsConfig limits;
  SessionsConfig sessions;
  RedisConfig redis;
  PostgresConfig postgres;
  StoreConfig store;
  AuthConfig auth;
  GatewayConfig gateway;
  RealtimeConfig realtime;
  LogConfig log;
  std::vector<RosterConfig> rosters;
  std::vector<RefreshConfig> refreshes;
  std::vector<RetentionConfig> retentions;
  bool dev = false;   // --dev
  bool echo = false;  // --echo
};

}  // namespace rollcall::app

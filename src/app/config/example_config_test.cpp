#include "app/config/config_file.hpp"
#include "app/config/config_report.hpp"
#include "app/config/consistency.hpp"
#include "app/config/print_config.hpp"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace rollcall::app {
namespace {

// Every section that users are promised, with the settings that they will copy.
constexpr const char* kExample = R"toml([server]
listen = "127.0.0.1:8085"
admin_listen = ""                 # metrics and dashboard on a port of their own
threads = 0                       # one per core
node_name = ""                    # host name when empty
api_keys = []                     # or api_keys_file
allowed_origins = []              # exact origins, for CORS and WebSocket
trusted_proxies = []              # CIDRs whose X-Forwarded-For is believed
request_deadline = "1s"
connections_per_address = 0       # 0: no limit
[server.tls]                      # certificate_file, private_key_file
[gateway]                         # secret_file: then X-User-ID is believed with X-Gateway-Secret
[sessions]
timeout = "15m"
cookie = "user_session_id"
key = "online_sessions"
rate_limit = 0                    # beats per second and address; 0: none
minted_per_minute = 1000          # new cookie ids per address
[redis]
url = ""                          # redis://, rediss://
timeout = "150ms"
[postgres]
url = ""
[store]
data_dir = ""                     # the SQLite journal of the memory store; empty: none
[auth]
algorithm = "HS256"               # or RS256, ES256, EdDSA
secret_file = ""                  # or secret, public_key_file, jwks_file
issuer = ""
audience = ""
leeway = "30s"
[realtime]
ping = "54s"
pong_wait = "60s"
presence_ttl = "5m"
presence_prefix = "presence:"
offline_grace = "5s"
queue_messages = 256
queue_bytes = "1MiB"
max_message = "512KB"
connections_per_user = 32
[[roster]]
name = "crm_navbar"
key = "crm_navbar:live_users"
ttl = "300s"
score = "s"                       # or "ms"
key_expiry = "1d"
[[refresh]]
roster = "crm_navbar"
every = "5m"
message = '{"type":"refresh"}'
[[retention]]
name = "user_sessions"
preset = "hatchet"                # or table, id, created_at, user_id, expires_at
every = "1h"
)toml";

TEST(ExampleConfig, LoadsAsItStands) {
  ConfigDraft draft;
  read_config_text(kExample, "example.toml", draft);
  check_consistency(draft);
  const auto loaded = std::move(draft).finish();
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  const Config& config = loaded.value();
  ASSERT_EQ(config.rosters.size(), 1U);
  EXPECT_EQ(config.rosters[0].key, "crm_navbar:live_users");
  EXPECT_EQ(config.rosters[0].key_expiry, std::chrono::hours(24));
  ASSERT_EQ(config.refreshes.size(), 1U);
  EXPECT_EQ(config.refreshes[0].message, R"({"type":"refresh"})");
  ASSERT_EQ(config.retentions.size(), 1U);
  EXPECT_EQ(config.retentions[0].preset, "hatchet");
}

TEST(ExampleConfig, ShowsTheDefaults) {
  ConfigDraft draft;
  read_config_text(kExample, "example.toml", draft);
  auto loaded = std::move(draft).finish();
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  Config config = std::move(loaded).value();
  config.rosters.clear();
  config.refreshes.clear();
  config.retentions.clear();
  EXPECT_EQ(print_config(config), print_config(Config{}));
  EXPECT_TRUE(config_warnings(config, {}).empty());
}

}  // namespace
}  // namespace rollcall::app

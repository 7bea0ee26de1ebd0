#include "app/config/consistency.hpp"

#include "app/config/config_file.hpp"

#include <string>

#include <gtest/gtest.h>

namespace rollcall::app {
namespace {

std::string problems_of(const std::string& text, bool dev = false) {
  ConfigDraft draft;
  read_config_text(text, "f.toml", draft);
  draft.config.dev = dev;
  check_consistency(draft);
  const auto config = std::move(draft).finish();
  return config.ok() ? "" : config.error().message;
}

struct Clash {
  std::string text;
  std::string problems;
};

class Consistency : public testing::TestWithParam<Clash> {};

TEST_P(Consistency, IsChecked) {
  EXPECT_EQ(problems_of(GetParam().text), GetParam().problems);
}

INSTANTIATE_TEST_SUITE_P(
    OfTheServer, Consistency,
    testing::Values(
        Clash{"", ""},
        Clash{"[server.tls]\ncertificate_file = \"c\"\nprivate_key_file = \"k\"", ""},
        Clash{"[server.tls]\ncertificate_file = \"c\"",
              "f.toml:2:1: server.tls.certificate_file: needs server.tls.private_key_file too"},
        Clash{"[server.tls]\nprivate_key_file = \"k\"",
              "f.toml:2:1: server.tls.private_key_file: needs server.tls.certificate_file too"},
        Clash{"[server]\nlisten = \"a:1\"\nadmin_listen = \"a:1\"",
              "f.toml:3:1: server.admin_listen: is the same as server.listen: give a port of its "
              "own"},
        Clash{"[server]\nlisten = \"a:0\"\nadmin_listen = \"a:0\"", ""},
        Clash{"[server]\nrequest_deadline = \"100ms\"",
              "f.toml:2:1: redis.timeout: 150ms is longer than server.request_deadline, 100ms"},
        Clash{"[redis]\ntimeout = \"2s\"",
              "f.toml:2:1: redis.timeout: 2s is longer than server.request_deadline, 1s"}));

INSTANTIATE_TEST_SUITE_P(
    OfTokens, Consistency,
    testing::Values(
        Clash{"[auth]\nsecret = \"0123456789abcdef0123456789abcdef\"", ""},
        Clash{"[auth]\nalgorithm = \"EdDSA\"\njwks_file = \"j\"", ""},
        Clash{"[auth]\nsecret = \"0123456789abcdef0123456789abcdef\"\nsecret_file = \"f\"",
              "f.toml:3:1: auth.secret_file: cannot be used with auth.secret: give one of them"},
        Clash{"[auth]\npublic_key_file = \"p\"",
              "f.toml:2:1: auth.public_key_file: is no key for HS256, which signs with a secret"},
        Clash{"[auth]\nalgorithm = \"RS256\"\nsecret_file = \"f\"",
              "f.toml:3:1: auth.secret_file: is no key for RS256: give auth.public_key_file or "
              "auth.jwks_file"}));

INSTANTIATE_TEST_SUITE_P(
    OfRealtime, Consistency,
    testing::Values(
        Clash{"[realtime]\npong_wait = \"50s\"",
              "f.toml:2:1: realtime.pong_wait: 50s is shorter than realtime.ping, 54s: every "
              "connection would be lost"},
        Clash{"[realtime]\nping = \"2m\"",
              "f.toml:2:1: realtime.pong_wait: 1m is shorter than realtime.ping, 2m: every "
              "connection would be lost"},
        Clash{"[realtime]\npresence_ttl = \"59s\"",
              "f.toml:2:1: realtime.presence_ttl: 59s is shorter than realtime.pong_wait, 1m"},
        Clash{"[realtime]\nmax_message = \"2MiB\"",
              "f.toml:2:1: realtime.queue_bytes: 1MiB does not hold one realtime.max_message, "
              "2MiB"}));

INSTANTIATE_TEST_SUITE_P(
    OfRosters, Consistency,
    testing::Values(
        Clash{"[[roster]]\nname = \"a\"\n[[roster]]\nname = \"b\"", ""},
        Clash{"\n[[roster]]\nttl = \"5m\"", "f.toml:2:1: roster.name: is missing"},
        Clash{"[[roster]]\nname = \"online_sessions\"\nkey = \"other\"",
              "f.toml:2:1: roster.name: \"online_sessions\" is the roster of the sessions: take "
              "another name"},
        Clash{"[[roster]]\nname = \"a\"\n[[roster]]\nname = \"a\"\nkey = \"b\"",
              "f.toml:4:1: roster.name: \"a\" is there twice"},
        Clash{"[[roster]]\nname = \"a\"\nkey = \"online_sessions\"",
              "f.toml:3:1: roster.key: \"online_sessions\" is also the Redis key of the sessions"},
        Clash{"[[roster]]\nname = \"a\"\nkey = \"k\"\n[[roster]]\nname = \"k\"",
              "f.toml:5:1: roster.name: \"k\" is also the Redis key of roster \"a\""},
        Clash{"[[roster]]\nname = \"a\"\nttl = \"1h\"\nkey_expiry = \"5m\"",
              "f.toml:4:1: roster.key_expiry: 5m is shorter than ttl, 1h: live members would be "
              "lost"},
        Clash{"[[roster]]\nname = \"a b\"",
              "f.toml:2:1: roster.name: \"a b\" is no name: give up to 64 letters, digits, _, - "
              "or ."}));

INSTANTIATE_TEST_SUITE_P(
    OfRefreshes, Consistency,
    testing::Values(
        Clash{"[[roster]]\nname = \"a\"\n[[refresh]]\nroster = \"a\"\nmessage = \"m\"", ""},
        Clash{"[[roster]]\nname = \"a\"\n[[refresh]]\nroster = \"b\"\nmessage = \"m\"",
              "f.toml:4:1: refresh.roster: \"b\" is no configured [[roster]]"},
        Clash{"[[refresh]]\nevery = \"1m\"",
              "f.toml:1:1: refresh.roster: is missing\nf.toml:1:1: refresh.message: is missing"},
        Clash{"[realtime]\nmax_message = 128\n[[roster]]\nname = \"a\"\n[[refresh]]\nroster = "
              "\"a\"\nmessage = \"" +
                  std::string(129, 'm') + "\"",
              "f.toml:7:1: refresh.message: is longer than realtime.max_message, 128"}));

INSTANTIATE_TEST_SUITE_P(
    OfRetention, Consistency,
    testing::Values(
        Clash{"[[retention]]\nname = \"a\"\npreset = \"hatchet\"", ""},
        Clash{"[[retention]]\nname = \"a\"\ntable = \"t\"\nid = \"id\"\nexpires_at = \"e\"", ""},
        Clash{"[[retention]]\npreset = \"rails\"", "f.toml:1:1: retention.name: is missing"},
        Clash{"[[retention]]\nname = \"a\"\npreset = \"rails\"\n[[retention]]\nname = "
              "\"a\"\npreset = \"rails\"",
              "f.toml:5:1: retention.name: \"a\" is there twice"},
        Clash{"[[retention]]\nname = \"a\"",
              "f.toml:1:1: retention.table: is missing: give it, or a preset\n"
              "f.toml:1:1: retention.id: is missing\n"
              "f.toml:1:1: retention.expires_at: is missing: give it, or anonymous_after, or "
              "nothing would ever go"},
        Clash{"[[retention]]\nname = \"a\"\npreset = \"custom\"\ntable = \"t\"\nid = "
              "\"id\"\nanonymous_after = \"24h\"",
              "f.toml:6:1: retention.anonymous_after: needs user_id and created_at too"},
        Clash{"[[retention]]\nname = \"a\"\ntable = \"a.b.c\"\nid = \"id\"\nlast_seen = \"l\"",
              "f.toml:3:1: retention.table: is no name of a table: give name, schema.name or "
              "\"schema\".\"name\"\nf.toml:5:1: retention.last_seen: needs idle_after too"},
        Clash{"[[retention]]\nname = \"a\"\npreset = \"hatchet\"\nidle_after = \"1h\"",
              "f.toml:4:1: retention.idle_after: needs last_seen too"}));

INSTANTIATE_TEST_SUITE_P(
    OfRetentionOfSessions, Consistency,
    testing::Values(
        Clash{"[[retention]]\nname = \"a\"\npreset = \"active_sessions\"", ""},
        Clash{"[[retention]]\nname = \"a\"\npreset = \"active_sessions\"\nidle_after = \"15m\"",
              "f.toml:4:1: retention.idle_after: 15m is shorter than sessions.timeout and a "
              "minute, 16m: who is online would be deleted"},
        Clash{"[[retention]]\nname = \"a\"\npreset = \"rails\"\nidle_after = \"1m\"", ""},
        Clash{"[postgres]\nsessions_table = \"public.s\"\n[[retention]]\nname = \"a\"\ntable = "
              "\"\\\"public\\\".s\"\nid = \"id\"\nlast_seen = \"l\"\nidle_after = \"1m\"",
              "f.toml:8:1: retention.idle_after: 1m is shorter than sessions.timeout and a "
              "minute, 16m: who is online would be deleted"}));

TEST(Consistency, LetsDevServeThisMachineAlone) {
  EXPECT_EQ(problems_of("", true), "");
  EXPECT_EQ(problems_of("[server]\nlisten = \"[::1]:0\"", true), "");
  EXPECT_EQ(problems_of("[server]\nlisten = \"0.0.0.0:1\"", true),
            "f.toml:2:1: server.listen: \"0.0.0.0:1\" is open to others, and --dev to everyone: "
            "with --dev listen on 127.0.0.1, [::1] or localhost");
  EXPECT_EQ(problems_of("[server]\nadmin_listen = \"10.0.0.1:1\"", true),
            "f.toml:2:1: server.admin_listen: \"10.0.0.1:1\" is open to others, and --dev to "
            "everyone: with --dev listen on 127.0.0.1, [::1] or localhost");
}

}  // namespace
}  // namespace rollcall::app

#!/usr/bin/env bash
# Measures rollcall against its yardsticks, all in one run; README.md says what and why.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: bench/run.sh [heartbeats-memory|heartbeats-redis|roster|yardsticks|fallback|handover|
                     reseed|retention|rebuild|trickle|
                     fanout|send|echo|handshakes|idle|realtime|all]
                    [--seconds 5] [--rounds 3] [--connections 64]
--connections is for heartbeats, --seconds not for retention, rebuild and trickle; realtime means
the five suites of its line.
TEXT
}

bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$bench")
build=$root/build/release
results=$root/build/bench

server_core=0
client_core=1 # Redis too
seconds=5
rounds=3
connections=64
warm_up_seconds=2
memory_sessions=100000
redis_sessions=20000

server_pid=
redis_pid=
postgres_pid=
load_pid=
# shellcheck source=bench/realtime_suites.sh
source "$bench/realtime_suites.sh"
# shellcheck source=bench/fallback_suite.sh
source "$bench/fallback_suite.sh"
# shellcheck source=bench/handover_suites.sh
source "$bench/handover_suites.sh"

fail() {
  echo "bench: $*" >&2
  exit 1
}

stop() { # PID
  [[ -n $1 ]] || return 0
  kill "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

stop_all() {
  stop "$load_pid"
  load_pid=
  stop "$server_pid"
  server_pid=
  stop "$redis_pid"
  redis_pid=
  stop_postgres
}
trap stop_all EXIT
trap 'exit 130' INT TERM

build_programs() { # TARGET...
  (cd "$root" && cmake --preset release -DROLLCALL_BENCH=ON >"$results/configure.log") ||
    fail "cmake failed; see $results/configure.log"
  cmake --build "$build" --target "$@" >"$results/build.log" ||
    fail "the build failed; see $results/build.log"
}

install_ioredis() {
  [[ -d $bench/node_ioredis/node_modules/ioredis ]] && return
  (cd "$bench/node_ioredis" && npm install --no-package-lock --omit=dev --no-audit --no-fund) \
    >"$results/npm.log" 2>&1 || fail "npm install failed; see $results/npm.log"
}

redis_answers() {
  [[ $(redis-cli -p "$redis_port" ping 2>/dev/null) == PONG ]]
}

# A port below the ephemeral range; when somebody has it, Redis ends and the next one is tried.
start_redis() {
  for _ in {1..20}; do
    redis_port=$((20000 + RANDOM % 10000))
    taskset -c "$client_core" redis-server --bind 127.0.0.1 --port "$redis_port" --save '' \
      --appendonly no >"$results/redis.log" 2>&1 &
    redis_pid=$!
    for _ in {1..100}; do
      kill -0 "$redis_pid" 2>/dev/null || break
      redis_answers && return
      sleep 0.05
    done
    stop "$redis_pid"
    redis_pid=
  done
  fail "Redis does not start; see $results/redis.log"
}

# Every server prints "NAME listening on http://HOST:PORT" as its first line (https with TLS).
start_server() { # NAME
  local redis_url=redis://127.0.0.1:${redis_port:-} command line output
  local rollcall=("$build/rollcall" serve --listen 127.0.0.1:0 --threads 1)
  case $1 in
    bare-epoll) command=("$build/bench/bare_epoll") ;;
    bare-ws) command=("$build/bench/bare_ws") ;;
    gorilla-hub) command=("$build/bench/gorilla_hub") ;;
    rollcall-realtime) command=("${rollcall[@]}" --config "$results/realtime.toml" --echo) ;;
    rollcall-tls) command=("${rollcall[@]}" --config "$results/realtime_tls.toml") ;;
    rollcall-memory) command=("${rollcall[@]}") ;;
    rollcall-redis) command=("${rollcall[@]}" --redis "$redis_url") ;;
    node-pipeline) command=(node "$bench/node_ioredis/server.js" pipeline "$redis_url") ;;
    node-autopipelined)
      command=(node "$bench/node_ioredis/server.js" autopipelined "$redis_url")
      ;;
  esac
  exec {output}< <(exec taskset -c "$server_core" "${command[@]}" 2>"$results/$1.log")
  server_pid=$!
  read -r -t 10 -u "$output" line || fail "$1 does not start; see $results/$1.log"
  exec {output}<&-
  [[ $line =~ \ listening\ on\ https?://127\.0\.0\.1:([0-9]+)$ ]] || fail "$1 says: $line"
  server_port=${BASH_REMATCH[1]}
}

# One window: a new server, on a new Redis where it needs one.
measure_heartbeats() { # SUITE SERVER
  local sessions=$memory_sessions redis_options=()
  case $2 in
    node-* | *-redis)
      start_redis
      sessions=$redis_sessions
      redis_options=(--redis-pid "$redis_pid")
      ;;
  esac
  start_server "$2"
  taskset -c "$client_core" "$build/bench/http_load" --name "$2" --port "$server_port" \
    --server-pid "$server_pid" "${redis_options[@]}" --connections "$connections" \
    --sessions "$sessions" --seconds "$seconds" --warm-up-seconds "$warm_up_seconds" \
    >>"$results/$1.jsonl" &
  load_pid=$!
  wait "$load_pid" || fail "the load on $2 failed"
  load_pid=
  stop_all
}

report() { # SUITE
  node "$bench/report.mjs" "$1" "$results/$1.jsonl" "$results/$1.json" || missed=1
}

# Interleaved, so that a machine that slows down slows all of them.
run_suite() { # MEASURE SUITE SERVER...
  local measure=$1 suite=$2 round server
  shift 2
  : >"$results/$suite.jsonl"
  for ((round = 1; round <= rounds; ++round)); do
    for server in "$@"; do
      echo "$suite: round $round of $rounds, $server" >&2
      "$measure" "$suite" "$server"
    done
  done
  report "$suite"
}

heartbeats_memory() {
  build_programs rollcall bare_epoll http_load
  run_suite measure_heartbeats heartbeats-memory bare-epoll rollcall-memory
}

heartbeats_redis() {
  build_programs rollcall http_load
  install_ioredis
  run_suite measure_heartbeats heartbeats-redis node-pipeline node-autopipelined rollcall-redis
}

# On a PostgreSQL of its own, whose vacuums do not come at a time of theirs: they would fall into
# one window and not into another.
retention_suite() { # retention|rebuild|trickle
  build_programs rollcall
  start_postgres -c autovacuum=off -c max_wal_size=8GB
  node "$bench/retention.mjs" "$1" "$build/rollcall" "$postgres_url" "$results" "$rounds" \
    >"$results/$1.jsonl" || fail "the $1 suite failed"
  check_deadlocks
  stop_postgres
  report "$1"
}

yardsticks() {
  build_programs bare_epoll http_load
  install_ioredis
  run_suite measure_heartbeats yardsticks bare-epoll node-pipeline node-autopipelined
}

roster() {
  local round
  build_programs roster_memory
  : >"$results/roster.jsonl"
  for ((round = 1; round <= rounds; ++round)); do
    echo "roster: round $round of $rounds" >&2
    taskset -c "$server_core" "$build/bench/roster_memory" >>"$results/roster.jsonl"
  done
  report roster
}

number() { # NAME VALUE MAX
  [[ $2 =~ ^[1-9][0-9]{0,4}$ && $2 -le $3 ]] || fail "$1 takes a number from 1 to $3"
  echo "$2"
}

suite=all
while (($#)); do
  case $1 in
    heartbeats-memory | heartbeats-redis | roster | fallback | handover | reseed) suite=$1 ;;
    retention | rebuild | trickle | yardsticks | all) suite=$1 ;;
    fanout | send | echo | handshakes | idle | realtime) suite=$1 ;;
    --seconds)
      seconds=$(number "$1" "${2:-}" 600)
      shift
      ;;
    --rounds)
      rounds=$(number "$1" "${2:-}" 100)
      shift
      ;;
    --connections)
      connections=$(number "$1" "${2:-}" 10000)
      shift
      ;;
    --help) usage && exit ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done
(($(nproc) > client_core)) || fail "this needs two cores: one for the server, one for the client"
unset "${!ROLLCALL_@}"
mkdir -p "$results"

missed=0
case $suite in
  heartbeats-memory) heartbeats_memory ;;
  heartbeats-redis) heartbeats_redis ;;
  echo) echo_suite ;;
  retention | rebuild | trickle) retention_suite "$suite" ;;
  roster | fallback | handover | reseed | yardsticks | fanout | send | handshakes | idle | realtime) "$suite" ;;
  all)
    heartbeats_memory
    heartbeats_redis
    roster
    fallback
    handover
    reseed
    retention_suite retention
    retention_suite rebuild
    retention_suite trickle
    realtime
    ;;
esac
exit "$missed"

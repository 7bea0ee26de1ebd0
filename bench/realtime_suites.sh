# shellcheck shell=bash
# shellcheck disable=SC2154 # run.sh, which sources this, assigns the variables and has fail()
# The suites of WebSockets.

# What ws_load is told besides, for each suite.
declare -A realtime_load=(
  [fanout]="--connections 1000 --in-flight 8"
  [send]="--connections 1000 --in-flight 64"
  [echo]="--connections 64 --path /echo"
  [handshakes]="--in-flight 64"
)
idle_connections=19000
idle_tls_connections=2000
realtime_api_key=
realtime_secret=

prepare_realtime() { # TARGET...
  build_programs rollcall "$@"
  [[ -n $realtime_secret ]] || configure_realtime
}

# The API key, the secret and the certificate are made anew for each run.
configure_realtime() {
  realtime_api_key=$(openssl rand -hex 32)
  realtime_secret=$(openssl rand -hex 32)
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
    -subj /CN=127.0.0.1 -keyout "$results/tls.key" -out "$results/tls.pem" 2>"$results/tls.log" ||
    fail "openssl failed; see $results/tls.log"
  (
    umask 077
    cat >"$results/realtime.toml" <<TOML
[server]
api_keys = ["$realtime_api_key"]
[auth]
secret = "$realtime_secret"
TOML
    cat "$results/realtime.toml" - >"$results/realtime_tls.toml" <<TOML
[server.tls]
certificate_file = "$results/tls.pem"
private_key_file = "$results/tls.key"
TOML
  )
}

build_gorilla_hub() {
  local gopath=/usr/share/gocode # Debian's golang-github-gorilla-websocket-dev
  (cd "$bench/gorilla_hub" && GO111MODULE=off GOPATH=$gopath GOCACHE=$results/go_cache \
    go build -o "$build/bench/gorilla_hub" .) >"$results/go.log" 2>&1 ||
    fail "go build failed; see $results/go.log"
}

# Only rollcall says when a user has joined; an echo has no user.
welcoming() { # SUITE SERVER
  [[ $2 == rollcall-* && $1 != echo ]] && echo 1 || echo 0
}

measure_realtime() { # SUITE SERVER
  local options
  read -ra options <<<"${realtime_load[$1]}"
  start_server "$2"
  taskset -c "$client_core" "$build/bench/ws_load" --mode "$1" --name "$2" \
    --port "$server_port" --server-pid "$server_pid" --secret "$realtime_secret" \
    --api-key "$realtime_api_key" --welcoming "$(welcoming "$1" "$2")" "${options[@]}" \
    --seconds "$seconds" --warm-up-seconds "$warm_up_seconds" >>"$results/$1.jsonl" &
  load_pid=$!
  wait "$load_pid" || fail "the load on $2 failed"
  load_pid=
  stop_all
}

measure_idle() { # SUITE SERVER
  local options=(--connections "$idle_connections")
  [[ $2 != *-tls ]] || options=(--connections "$idle_tls_connections" --tls 1)
  start_server "$2"
  taskset -c "$client_core" "$build/bench/idle_memory" --name "$2" --port "$server_port" \
    --server-pid "$server_pid" --secret "$realtime_secret" \
    --welcoming "$(welcoming "$1" "$2")" "${options[@]}" >>"$results/$1.jsonl" &
  load_pid=$!
  wait "$load_pid" || fail "the load on $2 failed"
  load_pid=
  stop_all
}

fanout() {
  prepare_realtime bare_ws ws_load
  build_gorilla_hub
  run_suite measure_realtime fanout bare-ws gorilla-hub rollcall-realtime
}

send() {
  prepare_realtime bare_ws ws_load
  build_gorilla_hub
  run_suite measure_realtime send bare-ws gorilla-hub rollcall-realtime
}

echo_suite() {
  prepare_realtime bare_ws ws_load
  run_suite measure_realtime echo bare-ws rollcall-realtime
}

handshakes() {
  prepare_realtime bare_ws ws_load
  run_suite measure_realtime handshakes bare-ws rollcall-realtime
}

idle() {
  prepare_realtime idle_memory
  build_gorilla_hub
  run_suite measure_idle idle gorilla-hub rollcall-realtime rollcall-tls
}

realtime() {
  fanout
  send
  echo_suite
  handshakes
  idle
}

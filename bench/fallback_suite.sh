# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # run.sh, which sources this, has the variables and fail()
# Beats through PostgreSQL, as they come while Redis is away.

fallback_members=100000
fallback_clients=16
postgres_folder=
postgres_as=()

postgres_tools() {
  local found
  found=$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null |
    sort -n | tail -1)
  [[ -n $found ]] || fail "PostgreSQL is not installed"
  postgres_bin=/usr/lib/postgresql/$found/bin
  # PostgreSQL refuses to run as root.
  ((EUID)) || postgres_as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
}

# With the defaults of its package, but for the place of its data, the memory for it, and what is
# given.
start_postgres() { # OPTION...
  postgres_tools
  postgres_folder=$(mktemp -d)
  ((EUID)) || chown postgres "$postgres_folder"
  "${postgres_as[@]}" "$postgres_bin/initdb" -D "$postgres_folder/data" -E UTF8 --locale=C -A trust \
    -U bench >"$results/initdb.log" 2>&1 || fail "initdb failed; see $results/initdb.log"
  for _ in {1..20}; do
    postgres_port=$((20000 + RANDOM % 10000))
    postgres_url=postgresql://bench@127.0.0.1:$postgres_port/postgres
    "${postgres_as[@]}" "$postgres_bin/postgres" -D "$postgres_folder/data" -k "$postgres_folder" \
      -h 127.0.0.1 -p "$postgres_port" -c shared_buffers=256MB "$@" >"$results/postgres.log" 2>&1 &
    postgres_pid=$!
    for _ in {1..100}; do
      kill -0 "$postgres_pid" 2>/dev/null || break
      "$postgres_bin/pg_isready" -q -d "$postgres_url" && return
      sleep 0.05
    done
    stop "$postgres_pid"
    postgres_pid=
  done
  fail "PostgreSQL does not start; see $results/postgres.log"
}

stop_postgres() {
  if [[ -n $postgres_pid ]]; then
    kill -INT "$postgres_pid" 2>/dev/null || true # ends its sessions, too
    wait "$postgres_pid" 2>/dev/null || true
  fi
  postgres_pid=
  [[ -z $postgres_folder ]] || rm -rf "$postgres_folder"
  postgres_folder=
}

check_deadlocks() {
  grep -q deadlock "$results/postgres.log" || return 0
  echo "FAIL  PostgreSQL met a deadlock; see $results/postgres.log"
  missed=1
}

wal_position() {
  psql -qtAX "$postgres_url" -c "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"
}

measure_single_upserts() {
  local before beats
  before=$(wal_position)
  pgbench -n -c "$fallback_clients" -j 2 -T "$seconds" -M prepared -D members="$fallback_members" \
    -f "$bench/single_upsert.sql" "$postgres_url" >"$results/pgbench.log" 2>&1 ||
    fail "pgbench failed; see $results/pgbench.log"
  beats=$(sed -n 's/^number of transactions actually processed: \([0-9]*\).*/\1/p' \
    "$results/pgbench.log")
  awk -v beats="$beats" -v written="$(($(wal_position) - before))" '
    /^tps/ { tps = $3 }
    END {
      printf "{\"name\":\"single upserts\",\"beats_per_s\":%.0f,\"wal_bytes_a_beat\":%.0f}\n", tps,
        written / beats
    }' "$results/pgbench.log" >>"$results/fallback.jsonl"
}

# The first fill makes the rows, so that all that is measured are updates.
fallback() {
  local round
  build_programs postgres_beats
  start_postgres -c autovacuum=on
  "$build/bench/postgres_beats" "$postgres_url" 1 "$fallback_members" >/dev/null ||
    fail "postgres_beats failed"
  measure_single_upserts
  : >"$results/fallback.jsonl"
  for ((round = 1; round <= rounds; ++round)); do
    for nodes in 1 2; do
      echo "fallback: round $round of $rounds, rollcall, nodes: $nodes" >&2
      "$build/bench/postgres_beats" "$postgres_url" "$seconds" "$fallback_members" "$nodes" \
        >>"$results/fallback.jsonl" || fail "postgres_beats failed"
    done
    echo "fallback: round $round of $rounds, single upserts" >&2
    measure_single_upserts
  done
  check_deadlocks
  stop_postgres
  report fallback
}

# shellcheck shell=bash
# shellcheck disable=SC2154 # run.sh, which sources this, assigns the variables
# What the hand-over costs while nothing is broken, and how long a lost Redis takes to be filled.

reseed_members=1000000

measure_handover() { # SUITE SUBJECT
  case $2 in
    hand-over) taskset -c "$server_core" "$build/bench/handover_cost" >>"$results/$1.jsonl" ;;
    *) measure_heartbeats "$1" "$2" ;;
  esac
}

handover() {
  build_programs rollcall http_load handover_cost
  run_suite measure_handover handover rollcall-redis hand-over
}

measure_reseed() { # SUITE
  start_redis
  "$build/bench/reseed" "$redis_port" "$reseed_members" >>"$results/$1.jsonl" ||
    fail "the reseeding failed"
  stop_all
}

reseed() {
  build_programs reseed
  run_suite measure_reseed reseed rollcall
}

#!/usr/bin/env bash
# soak.sh MINUTES PART...: each part for that long. Stops at the first failure, and says how to see
# it again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly kSchedules=500  # of each simulation, between two lines of progress
readonly kSuites='^e2e_(realtime|outage|retention)'

say() { echo "soak: $*"; }

fail() {
  say "$part failed, see $log${1:+; again with}"
  [ $# -eq 0 ] || printf '  %s\n' "$@"
  exit 1
}

# Whether the part has time left; says how far it is. What has begun goes on to its end.
goes_on() {
  local minute=$(((SECONDS - begun) / 60))
  [ $minute -lt "$minutes" ] || return 1
  say "$part, minute $((minute + 1)) of $minutes: $1"
}

# Schedules that nobody has played: their seeds begin at the time.
soak_sim() {
  local seed=$(($(date +%s) * 1000))
  while goes_on "$kSchedules schedules from $seed on"; do
    if ! GTEST_FILTER='*Sim.KeepsIts*' ./dev sim --seed "$seed" --count $kSchedules >"$log" 2>&1
    then
      tail -n 100 "$log"
      local broken
      broken=$(grep -Eom 1 'seed [0-9]+' "$log" | cut -d ' ' -f 2) || true
      fail "./dev sim --seed ${broken:-$seed --count $kSchedules}"
    fi
    seed=$((seed + kSchedules))
  done
}

soak_fuzz() {
  local targets=(tests/fuzz/*_fuzz.cpp)
  local seconds=$((minutes * 60 * $(nproc) / ${#targets[@]}))
  say "fuzz, for $minutes min: ${#targets[@]} targets, $seconds s each"
  ./dev fuzz "$seconds" 2>&1 | tee "$log" || fail
}

soak_suites() {
  local round=1
  while goes_on "round $round"; do
    if ! ./dev test --preset "$part" -R "$kSuites" >"$log" 2>&1; then
      tail -n 100 "$log"
      mapfile -t names < <(sed -nE 's/^\s+[0-9]+ - (\S+) \(.*/^\1$/p' "$log")
      fail "${names[@]/#/./dev test --preset $part --repeat until-fail:50 -R }"
    fi
    round=$((round + 1))
  done
}

minutes=$1
shift
mkdir -p build
for part in "$@"; do
  begun=$SECONDS log=build/soak-$part.log
  case $part in
    sim | fuzz) "soak_$part" ;;
    asan | tsan) soak_suites ;;
  esac
done
say "$*: nothing found in $((SECONDS / 60)) minutes"

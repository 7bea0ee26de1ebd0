#!/usr/bin/env bash
# fuzz.sh FOLDER SECONDS: runs every fuzzer of the folder for that long, one a core at a time, from
# its seeds in tests/fuzz/corpus/NAME (of NAME_fuzz). What it finds goes under build/, never among
# the seeds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=$1
export FUZZ_SECONDS=$2 ASAN_OPTIONS=detect_leaks=1

fuzz() {
  local fuzzer=$1 name found seeds log
  name=$(basename "$fuzzer")
  found=build/fuzz/found/$name
  seeds=tests/fuzz/corpus/${name%_fuzz}
  log=build/fuzz/$name.log
  mkdir -p "$found"
  local folders=("$found")
  [ ! -d "$seeds" ] || folders+=("$seeds")
  if ! "$fuzzer" -max_total_time="$FUZZ_SECONDS" -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 -verbosity=0 -artifact_prefix="build/fuzz/found/$name-" \
    "${folders[@]}" >"$log" 2>&1; then
    cat "$log"
    echo "fuzz: $name found something; again with"
    sed -n "s|^.*Test unit written to |  $fuzzer |p" "$log"
    return 1
  fi
  echo "fuzz: $name: $(grep -o 'executed_units:.*' "$log")"
}
export -f fuzz

shopt -s nullglob
fuzzers=("$folder"/*_fuzz)
[ ${#fuzzers[@]} -gt 0 ] || { echo "fuzz: no fuzzers in $folder" >&2; exit 1; }
printf '%s\0' "${fuzzers[@]}" | xargs -0 -n 1 -P "$(nproc)" bash -c 'fuzz "$0"'
echo "fuzz: ${#fuzzers[@]} targets, nothing found"

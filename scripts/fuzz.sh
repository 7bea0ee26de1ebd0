#!/usr/bin/env bash
# fuzz.sh FOLDER SECONDS: runs every fuzzer of the folder for that long, from its seeds in
# tests/fuzz/corpus/NAME (of NAME_fuzz). What it finds goes under build/, never among the seeds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=$1 seconds=$2
export ASAN_OPTIONS=detect_leaks=1

shopt -s nullglob
fuzzers=("$folder"/*_fuzz)
[ ${#fuzzers[@]} -gt 0 ] || { echo "fuzz: no fuzzers in $folder" >&2; exit 1; }
for fuzzer in "${fuzzers[@]}"; do
  name=$(basename "$fuzzer")
  found=build/fuzz/found/$name
  seeds=tests/fuzz/corpus/${name%_fuzz}
  mkdir -p "$found"
  echo "fuzz: $name for $seconds s"
  folders=("$found")
  [ ! -d "$seeds" ] || folders+=("$seeds")
  "$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -verbosity=0 -artifact_prefix="build/fuzz/found/$name-" "${folders[@]}"
done
echo "fuzz: ${#fuzzers[@]} targets, nothing found"

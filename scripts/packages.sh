# shellcheck shell=bash
# The Debian 12 packages that the project uses, in groups. Sourced by ./dev.

packages_of() {
  case $1 in
    build) echo g++ cmake ninja-build pkg-config libboost1.81-dev libssl-dev libpq-dev \
      libsqlite3-dev prometheus-cpp-dev libtomlplusplus-dev libcli11-dev libfmt-dev \
      libxxhash-dev libjs-chart.js ;;
    test) echo libgtest-dev libgmock-dev librapidcheck-dev redis-server postgresql ruby \
      ruby-redis chromium nginx-light haproxy prometheus python3-websockets python3-yaml \
      ca-certificates curl openssl procps git ;;
    lint) echo clang-format-19 clang-tidy-19 shellcheck git ;;
    package) echo dpkg-dev file gzip ;;
    package_test) echo lintian man-db systemd python3 bash-completion ;;
    fuzz) echo clang-19 libclang-rt-19-dev ;;
    bench) echo redis-server postgresql procps openssl golang-go \
      golang-github-gorilla-websocket-dev ;;
    node) { command -v node && command -v npm; } >/dev/null || echo nodejs npm ;;
    *) echo "unknown package group: $1" >&2; return 1 ;;
  esac
}

# Tests start servers of their own: the packages' services stay off.
without_services() {
  local policy=/usr/sbin/policy-rc.d
  if [ -e $policy ]; then "$@"; return; fi
  printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null
  $as_root chmod +x $policy
  local result=0
  "$@" || result=$?
  $as_root rm -f $policy
  return $result
}

install_packages() {
  local group wanted=() missing=()
  for group in "$@"; do read -ra names <<<"$(packages_of "$group")"; wanted+=("${names[@]}"); done
  [ ${#wanted[@]} -gt 0 ] || return 0
  local present
  # shellcheck disable=SC2016 # dpkg-query expands it
  present=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null || true)
  for name in "${wanted[@]}"; do
    grep -qx "installed $name" <<<"$present" || missing+=("$name")
  done
  [ ${#missing[@]} -gt 0 ] || return 0

  as_root=""
  if [ "$(id -u)" != 0 ]; then as_root="sudo"; fi
  say "installing with apt-get (${*}): ${missing[*]}"
  $as_root apt-get update -q
  without_services $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -qy --no-install-recommends "${missing[@]}"
}

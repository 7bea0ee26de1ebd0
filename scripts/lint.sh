#!/usr/bin/env bash
# Run by ./dev lint. Every check runs; the exit status tells whether all were content.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

failed=0
check() {
  local name=$1
  shift
  echo "lint: $name"
  "$@" || { echo "lint: $name FAILED"; failed=1; }
}

# A checkout may belong to another user than the one that checks it.
files() { git -c safe.directory='*' ls-files -z "$@"; }
formatted() { files '*.cpp' '*.hpp' | xargs -0 clang-format-19 --dry-run -Werror; }
shells() { files dev .ci/run '*.sh' '*.bash' '*/postinst' '*/p*rm' | xargs -0 shellcheck -x --severity=warning; }
scripts() { tests/e2e/node_modules/.bin/eslint .; }
tidied() {
  [ -f build/dev/build.ninja ] || cmake --preset dev >build/configure.log || return 1
  node scripts/clang_tidy.mjs build/dev build/lint
}

mkdir -p build
check "formatting (clang-format)" formatted
check "shell (shellcheck)" shells
check "JavaScript (eslint)" scripts
check "C++ (clang-tidy)" tidied
[ $failed -eq 0 ] && echo "lint: all content"
exit $failed

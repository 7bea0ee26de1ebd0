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

formatted() { git ls-files -z '*.cpp' '*.hpp' | xargs -0 clang-format-19 --dry-run -Werror; }
shells() { git ls-files -z dev .ci/run '*.sh' | xargs -0 shellcheck -x --severity=warning; }
scripts() {
  local file result=0
  while IFS= read -r file; do node --check "$file" || result=1; done \
    < <(git ls-files '*.mjs' '*.js' 'bench/*.cjs')
  return "$result"
}
tidied() {
  [ -f build/dev/build.ninja ] || cmake --preset dev >build/configure.log || return 1
  node scripts/clang_tidy.mjs build/dev build/lint
}

mkdir -p build
check "formatting (clang-format)" formatted
check "shell (shellcheck)" shells
check "JavaScript syntax (node)" scripts
check "C++ (clang-tidy)" tidied
[ $failed -eq 0 ] && echo "lint: all content"
exit $failed

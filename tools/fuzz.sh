#!/usr/bin/env bash
# Runs each fuzz test for a short time: tools/fuzz.sh TIME [PACKAGE...]. What a run finds is written to the package's testdata/fuzz, and is committed with its mend.
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:?how long each is run, as 2s}
shift
go=${GO:-go}
[ $# -gt 0 ] || set -- $(git ls-files '*_test.go' | xargs grep -l '^func Fuzz' | xargs -n1 dirname | sort -u | sed 's|^|./|')
for package in "$@"; do
  for name in $(grep -ho '^func Fuzz[A-Za-z0-9_]*' "$package"/*_test.go | sed 's/func //'); do
    if ! said=$("$go" test -vet=off -run '^$' -fuzz "^$name\$" -fuzztime "$time" -parallel 2 "$package" 2>&1); then
      echo "$said"
      exit 1
    fi
    echo "fuzz $package $name $time"
  done
done

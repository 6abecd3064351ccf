#!/usr/bin/env bash
# Runs each fuzz test for a short time: tools/fuzz.sh TIME [PACKAGE...]. What a run finds is written to the package's testdata/fuzz, and is committed with its mend.
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:?how long each is run, as 2s}
shift
go=${GO:-go}
[ $# -gt 0 ] || set -- $(git ls-files '*_test.go' | xargs grep -l '^func Fuzz' | xargs -n1 dirname | sort -u | sed 's|^|./|')
binary=$(mktemp)
trap 'rm -f "$binary"' EXIT
for package in "$@"; do
  # Built once for all tests of a package, with instruments; what is interesting is kept where go keeps it.
  GOGC=400 "$go" test -vet=off -c -fuzz . -o "$binary" "$package"
  kept=$("$go" env GOCACHE)/fuzz/$("$go" list "$package")
  for name in $(grep -ho '^func Fuzz[A-Za-z0-9_]*' "$package"/*_test.go | sed 's/func //'); do
    if ! said=$(cd "$package" && "$binary" -test.run '^$' -test.fuzz "^$name\$" -test.fuzztime "$time" -test.parallel 2 -test.fuzzcachedir "$kept" 2>&1); then
      echo "$said"
      exit 1
    fi
    echo "fuzz $package $name $time"
  done
done

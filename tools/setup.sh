#!/usr/bin/env bash
# Makes sure that the tests have what they need besides Go: a C compiler (for the race detector), PostgreSQL (each test process starts its
# own throwaway server), Chromium with Chinese fonts (the pages are tested in it, in its build without a window where Debian has it: the same pages with less work), and age, zstd and openssl (the tests open our formats with them). Installs what is missing with apt-get where
# that is possible, and otherwise says what to install. Changes nothing where all is there.
set -euo pipefail

compiles() {
  printf '#include <stdlib.h>\nint main(void) { return 0; }\n' | "${CC:-gcc}" -x c - -o /dev/null 2>/dev/null
}

# The same places in which the tests look (internal/pgserver).
has_postgres() {
  local bin
  [ -n "${HUZHENG_TEST_POSTGRES:-}" ] && return
  if bin=$(pg_config --bindir 2>/dev/null) && [ -x "$bin/initdb" ]; then return; fi
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

# Chinese on the pages, and the rare characters of names.
has_fonts() {
  local fonts
  fonts=$(fc-list : family 2>/dev/null) || return 1
  [[ $fonts == *"Noto Sans CJK"* && $fonts == *HanaMin* ]]
}

missing() {
  compiles || echo gcc libc6-dev
  has_postgres || echo postgresql
  command -v chromium >/dev/null || echo chromium
  command -v chromium-headless-shell >/dev/null || ! apt-cache show chromium-headless-shell >/dev/null 2>&1 || echo chromium-headless-shell
  has_fonts || echo fonts-noto-cjk fonts-hanazono
  for tool in age zstd openssl; do
    command -v "$tool" >/dev/null || echo "$tool"
  done
}

packages=$(missing | tr '\n' ' ')
[ -z "$packages" ] && exit 0

if ! command -v apt-get >/dev/null; then
  echo "setup: install these first (Debian's names): $packages" >&2
  exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! sudo -n true 2>/dev/null; then
    echo "setup: run this first as root: apt-get install -y $packages" >&2
    exit 1
  fi
  as_root=(sudo -n)
fi

echo "setup: installing $packages"
install() {
  # shellcheck disable=SC2086 # one word for each package
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >"$log" 2>&1
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! install; then
  "${as_root[@]}" apt-get update -qq || echo "setup: apt-get update failed; trying all the same" >&2
  packages=$(missing | tr '\n' ' ')
  install || { tail -n 20 "$log" >&2; exit 1; }
fi

packages=$(missing | tr '\n' ' ')
if [ -n "$packages" ]; then
  echo "setup: still missing after installing: $packages" >&2
  exit 1
fi

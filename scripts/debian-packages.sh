#!/usr/bin/env bash
# Installs the Debian packages that the tests or the benchmarks start real peers from.
#
#   scripts/debian-packages.sh tests    nginx, chromium, curl
#   scripts/debian-packages.sh bench    nginx, haproxy, wrk
#
# Programs that are already there are left alone, and no service is started. Without root or apt-get
# it says what is missing and succeeds: the tests that need it skip, saying so. With CI=true that is
# an error, so that a green build has left nothing out.
set -euo pipefail

declare -A package_of=([nginx]=nginx-light [haproxy]=haproxy [chromium]=chromium [curl]=curl [wrk]=wrk)

case "${1:-}" in
  tests) programs=(nginx chromium curl) ;;
  bench) programs=(nginx haproxy wrk) ;;
  *)
    echo "usage: $0 tests|bench" >&2
    exit 2
    ;;
esac

export PATH="$PATH:/usr/sbin:/sbin"
missing=() packages=()
for program in "${programs[@]}"; do
  if ! command -v "$program" >/dev/null; then
    missing+=("$program")
    packages+=("${package_of[$program]}")
  fi
done
if ((${#missing[@]} == 0)); then
  echo "debian packages for $1: all there (${programs[*]})"
  exit 0
fi

if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
  echo "debian packages for $1: missing ${missing[*]}, and only root with apt-get can install them here."
  echo "  by hand: apt-get install --no-install-recommends ${packages[*]}"
  if [[ "${CI:-}" == true ]]; then exit 1; fi
  echo "  going on without: what needs them skips, saying so."
  exit 0
fi

# Debian starts the services it installs, unless this file says not to.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
  trap 'rm -f "$policy"' EXIT
fi

echo "debian packages for $1: installing ${packages[*]}"
log=$(mktemp)
apt() { DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" </dev/null >>"$log" 2>&1; }
if ! { apt update && apt install -y --no-install-recommends "${packages[@]}"; }; then
  tail -n 20 "$log" >&2
  echo "debian packages for $1: apt-get failed; still missing ${missing[*]}" >&2
  if [[ "${CI:-}" == true ]]; then exit 1; fi
fi
rm -f "$log"

#!/usr/bin/env bash
# Checks everything that a commit must satisfy: format, lints, tests, the tests of the image, documentation, scripts, licences.
# Needs cargo with rustfmt and clippy; uses shellcheck, cargo-deny, cargo-audit with its database, and a Docker engine if they are installed.
# CI sets SVCD_REQUIRE_DOCKER=1: a missing engine is then a failure. Prints two lines per step; exits with 1 at the first failure.
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1:-}" in
  "") ;;
  *) sed -n '2,4s/^# //p' "$0"; [ "$1" = --help ] && exit 0 || exit 2 ;;
esac

step() {
  local name=$1 started=$SECONDS
  shift
  printf '== %s\n' "$name"
  "$@"
  printf '== %s: passed, %s s\n' "$name" $((SECONDS - started))
}

# source lines with the keyword `unsafe`, comments not counted
UNSAFE_LINES_MAX=1

unsafe_lines() {
  local count
  count=$(find src -name '*.rs' -exec sed 's|//.*||' {} + | grep -cw unsafe || true)
  echo "$count lines with unsafe, at most $UNSAFE_LINES_MAX"
  [ "$count" -le "$UNSAFE_LINES_MAX" ]
}

step format cargo fmt --check
step lints cargo clippy --locked --all-targets -- -D warnings
# `--all-targets` leaves out what plain `cargo test` leaves out.
step "lints of the image's tests" cargo clippy --locked --test image -- -D warnings
step unsafe unsafe_lines
step tests cargo test --locked
step image cargo test --locked --test image
step documentation env RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items
if command -v shellcheck >/dev/null; then
  step scripts shellcheck --external-sources scripts/*.sh .ci/run
fi
if command -v cargo-deny >/dev/null; then
  step licences cargo deny --locked --offline check bans licenses sources
fi
# The database is looked at as it was last fetched: this script never needs a network.
if command -v cargo-audit >/dev/null && [ -d "${CARGO_HOME:-$HOME/.cargo}/advisory-db" ]; then
  step advisories cargo audit --no-fetch --stale
fi

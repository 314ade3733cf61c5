#!/usr/bin/env bash
# Tries to kill svcd: too many clients, slow ones, faults, stops, long runs. See --help.
# Needs Linux, uv, wrk, and cargo unless --svcd names a binary. Prints a table for each trial; exit code 1 when a bound is broken.
set -euo pipefail

# shellcheck source=scripts/require.sh
source "$(dirname "${BASH_SOURCE[0]}")/require.sh"
require uv "pip install uv"
require wrk "apt-get install wrk"

exec uv run --quiet --no-project "$(dirname "${BASH_SOURCE[0]}")/hard/main.py" "$@"

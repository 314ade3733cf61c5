#!/usr/bin/env bash
# Counts what one request costs inside svcd: processor instructions by function, and system calls. See --help.
# Needs valgrind for the first and strace for the second, wrk, uv, and cargo; Linux. Prints tables; progress goes to standard error.
set -euo pipefail

# shellcheck source=scripts/require.sh
source "$(dirname "${BASH_SOURCE[0]}")/require.sh"
require uv "pip install uv"

exec uv run --quiet --no-project "$(dirname "${BASH_SOURCE[0]}")/bench_http/inside.py" "$@"

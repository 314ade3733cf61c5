#!/usr/bin/env bash
# Measures svcd next to the servers that it replaces and next to others: start, memory, requests per second. See --help.
# Needs wrk, uv, and cargo unless --svcd names a binary; Linux. Prints Markdown tables; progress goes to standard error.
set -euo pipefail

# shellcheck source=scripts/require.sh
source "$(dirname "${BASH_SOURCE[0]}")/require.sh"
require uv "pip install uv"
require wrk "apt-get install wrk"

exec uv run --quiet --no-project "$(dirname "${BASH_SOURCE[0]}")/bench_http/main.py" "$@"

#!/usr/bin/env bash
# Measures how svcd's cost grows with support vectors, features, classes, rows and connections, and draws it. See --help.
# Needs wrk, uv, and cargo unless --svcd names a binary; Linux. Prints tables; progress goes to standard error.
set -euo pipefail

# shellcheck source=scripts/require.sh
source "$(dirname "${BASH_SOURCE[0]}")/require.sh"
require uv "pip install uv"
require wrk "apt-get install wrk"

exec uv run --quiet --no-project "$(dirname "${BASH_SOURCE[0]}")/bench_http/scale.py" "$@"

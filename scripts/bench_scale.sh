#!/usr/bin/env bash
# Measures how svcd's cost grows with support vectors, features, classes, rows and connections, and draws it. See --help.
# Needs wrk, uv, and cargo unless --svcd names a binary; Linux. Prints tables; progress goes to standard error.
set -euo pipefail

for tool in uv wrk; do
    if ! command -v "$tool" >/dev/null; then
        echo "error: $tool is not installed; pip install uv, apt-get install wrk" >&2
        exit 1
    fi
done

exec uv run --quiet --no-project "$(dirname "${BASH_SOURCE[0]}")/bench_http/scale.py" "$@"

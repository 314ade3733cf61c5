#!/usr/bin/env bash
# Measures models of tables and of texts: on files next to scikit-learn, and how a large vocabulary loads. See --help.
# Needs GNU time, uv, and cargo unless --svcd names a binary; Linux. Prints tables; progress goes to standard error.
set -euo pipefail

# shellcheck source=scripts/require.sh
source "$(dirname "${BASH_SOURCE[0]}")/require.sh"
require uv "pip install uv"
require /usr/bin/time "apt-get install time"

exec uv run --quiet --no-project "$(dirname "${BASH_SOURCE[0]}")/bench_http/tables.py" "$@"

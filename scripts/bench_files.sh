#!/usr/bin/env bash
# Measures programs that turn a file of rows into a file of labels: svcd predict, svm-predict, Python with pandas. See --help.
# Needs LIBSVM's tools, GNU time, uv, and cargo unless --svcd names a binary; Linux. Prints tables; progress goes to standard error.
set -euo pipefail

# shellcheck source=scripts/require.sh
source "$(dirname "${BASH_SOURCE[0]}")/require.sh"
require uv "pip install uv"
require svm-predict "apt-get install libsvm-tools"
require /usr/bin/time "apt-get install time"

exec uv run --quiet --no-project "$(dirname "${BASH_SOURCE[0]}")/bench_rows/files.py" "$@"

#!/usr/bin/env bash
# Measures training: svcd train on one thread and on two, scikit-learn, LIBSVM's svm-train. See --help.
# Needs LIBSVM's tools, uv, and cargo unless --svcd names a binary; Linux. Prints a table; progress goes to standard error.
set -euo pipefail

# shellcheck source=scripts/require.sh
source "$(dirname "${BASH_SOURCE[0]}")/require.sh"
require uv "pip install uv"
require svm-train "apt-get install libsvm-tools"

exec uv run --quiet --no-project "$(dirname "${BASH_SOURCE[0]}")/bench_rows/train.py" "$@"

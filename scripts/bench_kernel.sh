#!/usr/bin/env bash
# Measures svcd's mathematics next to scikit-learn, onnxruntime, LIBSVM and generated C, one thread each. See --help.
# Needs gcc, LIBSVM's header and library, uv, cargo; Linux. Prints tables; progress goes to standard error.
set -euo pipefail

# shellcheck source=scripts/require.sh
source "$(dirname "${BASH_SOURCE[0]}")/require.sh"
require uv "pip install uv"
require gcc "apt-get install gcc"
require /usr/include/libsvm/svm.h "apt-get install libsvm-dev"

exec uv run --quiet --no-project "$(dirname "${BASH_SOURCE[0]}")/bench_rows/kernel.py" "$@"

#!/usr/bin/env bash
# Measures svcd's mathematics beside scikit-learn, onnxruntime, LIBSVM and generated C, one thread each. See --help.
# Needs gcc, LIBSVM's header and library, uv, cargo; Linux. Prints tables; progress goes to standard error.
set -euo pipefail

require() {
    if ! command -v "$1" >/dev/null; then
        echo "error: $1 is not installed; $2" >&2
        exit 1
    fi
}

require uv "pip install uv"
require gcc "apt-get install gcc"
if [[ ! -e /usr/include/libsvm/svm.h ]]; then
    echo "error: LIBSVM is not installed; apt-get install libsvm-dev" >&2
    exit 1
fi

exec uv run --quiet --no-project "$(dirname "${BASH_SOURCE[0]}")/bench_rows/kernel.py" "$@"

#!/usr/bin/env bash
# Queries svcd with the clients that people have: tritonclient, MLflow's scoring client, requests, httpx, aiohttp, curl, Prometheus,
# readers of its OpenAPI document, and MLServer's codec for DataFrames.
#
# Needs: uv (pip install uv), curl, and cargo unless --binary is given; the network for the first run, when uv installs the
# clients; uses promtool if it is installed. scikit-learn trains the models on the spot.
# Prints (standard output): a line for each client with the number of comparisons. Labels must be scikit-learn's, scores
# within 1e-12 of its scores, and errors the promised ones.
# Fails (exit code 1) at the first difference, which it prints. Takes under two minutes once everything is installed.
set -euo pipefail
export LC_ALL=C

usage() {
    cat <<'EOF'
usage: scripts/check_clients.sh [--binary FILE] [CLIENT..]

  --binary FILE   query this svcd [default: target/release/svcd, compiled first]
  CLIENT          only these: tritonclient, tritonclient.aio, mlflow, requests, httpx, aiohttp, curl, prometheus,
                  openapi, mlserver

example: scripts/check_clients.sh
         scripts/check_clients.sh --binary target/debug/svcd mlflow curl
EOF
}

die() {
    echo "error: $*" >&2
    exit 1
}

usage_error() {
    echo "error: $*" >&2
    usage >&2
    exit 2
}

binary=
clients=()
while (($# > 0)); do
    case $1 in
        --binary)
            (($# > 1)) || usage_error "$1: expected a file, found the end of the command line"
            binary=$2
            shift
            ;;
        -h | --help)
            usage
            exit
            ;;
        -*) usage_error "unknown argument \`$1\`" ;;
        *) clients+=("$1") ;;
    esac
    shift
done

command -v uv >/dev/null || die "expected uv, found none: pip install uv"
command -v curl >/dev/null || die "expected curl, found none"

if [[ -n $binary ]]; then
    binary=$(realpath -- "$binary")
fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [[ -z $binary ]]; then
    command -v cargo >/dev/null || die "expected cargo, found none: --binary names an svcd that is there"
    cargo build --release --locked >&2
    binary=$PWD/target/release/svcd
fi
[[ -x $binary ]] || die "expected a program, found none at \`$binary\`"

exec uv run --quiet scripts/check_clients.py --binary "$binary" "${clients[@]+"${clients[@]}"}"

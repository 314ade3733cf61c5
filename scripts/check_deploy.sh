#!/usr/bin/env bash
# Tries everything in deploy/ with the real engines: HAProxy, a Docker Swarm, Spark, kustomize, promtool. See --help.
# Needs Linux, uv, docker, and for each part what --help says. Prints a line for each thing that was tried; exit code 1 at the
# first one that is not as the folder's README says.
set -euo pipefail

# shellcheck source=scripts/require.sh
source "$(dirname "${BASH_SOURCE[0]}")/require.sh"
require uv "pip install uv"

exec uv run --quiet "$(dirname "${BASH_SOURCE[0]}")/deploy/main.py" "$@"

#!/usr/bin/env bash
# Puts a table that a script has printed in its place in README.md or a document in docs/, between the lines `<!-- table: NAME -->` and `<!-- table end -->`.
# Needs awk. Reads the table from standard input; prints nothing.
set -euo pipefail

if [[ $# != 1 || $1 == -* ]]; then
    echo "usage: scripts/readme_table.sh NAME < TABLE        example: scripts/readme_table.sh bench < target/bench.md"
    [[ ${1:-} == --help || ${1:-} == -h ]] && exit 0 || exit 2
fi

cd "$(dirname "${BASH_SOURCE[0]}")/.."
document=$(grep -lxF "<!-- table: $1 -->" README.md docs/*.md) || {
    echo "error: no document has the line \`<!-- table: $1 -->\`" >&2
    exit 1
}
table=$(cat)
new=$(TABLE=$table awk -v start="<!-- table: $1 -->" '
    $0 == start { print; print ENVIRON["TABLE"]; skipping = 1; next }
    $0 == "<!-- table end -->" { skipping = 0 }
    !skipping { print }
' "$document")
printf '%s\n' "$new" >"$document"

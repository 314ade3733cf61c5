#!/usr/bin/env bash
# Puts a table that a script has printed into README.md, between the lines `<!-- table: NAME -->` and `<!-- table end -->`.
# Needs awk. Reads the table from standard input; prints nothing.
set -euo pipefail

if [[ $# != 1 || $1 == -* ]]; then
    echo "usage: scripts/readme_table.sh NAME < TABLE        example: scripts/compare_image_size.sh --markdown | scripts/readme_table.sh image"
    [[ ${1:-} == --help || ${1:-} == -h ]] && exit 0 || exit 2
fi

cd "$(dirname "${BASH_SOURCE[0]}")/.."
grep -qxF "<!-- table: $1 -->" README.md || {
    echo "error: README.md has no line \`<!-- table: $1 -->\`" >&2
    exit 1
}
table=$(cat)
new=$(TABLE=$table awk -v start="<!-- table: $1 -->" '
    $0 == start { print; print ENVIRON["TABLE"]; skipping = 1; next }
    $0 == "<!-- table end -->" { skipping = 0 }
    !skipping { print }
' README.md)
printf '%s\n' "$new" >README.md

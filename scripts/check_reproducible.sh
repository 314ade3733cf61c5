#!/usr/bin/env bash
# Builds the last commit twice, in two new folders of different length, and compares the binaries byte for byte.
#
# Needs what scripts/build_image.sh --binary-only needs, and git. Prints the checksums; exit code 1 when they differ.
set -euo pipefail

if (($# > 0)); then
    echo "usage: scripts/check_reproducible.sh        takes about two minutes; ignores uncommitted changes"
    [[ $1 == --help || $1 == -h ]] && exit 0 || exit 2
fi

cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

sums=()
for name in a "a folder with another name"; do
    # Without the history: the last commit and its time are told instead.
    mkdir "$folder/$name"
    git archive HEAD | tar -x -C "$folder/$name"
    SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) SVCD_COMMIT=$(git rev-parse HEAD) env -u CARGO_TARGET_DIR \
        "$folder/$name/scripts/build_image.sh" --binary-only >/dev/null
    sum=$(sha256sum <"$folder/$name/target/image/svcd")
    echo "sha256  ${sum%% *}  built in a folder named \"$name\""
    sums+=("$sum")
done

if [[ ${sums[0]} != "${sums[1]}" ]]; then
    echo "error: two builds of one commit differ" >&2
    exit 1
fi
echo "two builds of $(git rev-parse --short HEAD) are the same, byte for byte"

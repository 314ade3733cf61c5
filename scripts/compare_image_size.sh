#!/usr/bin/env bash
# Prints how much smaller the image of svcd is than the notebook image that it replaces.
#
# Needs: the image or at least target/image/svcd (scripts/build_image.sh makes both), gzip, awk. Docker is used if it answers.
# Prints (standard output): a table of unpacked and compressed sizes with the source of each, and the factor between them.
# What is measured: unpacked is what `docker image inspect` says, compressed is `docker save | gzip`. Without an engine or without the
# image: the binary, which is all that the image holds. For a notebook image that is not here: the figure its author reports.
set -euo pipefail
export LC_ALL=C

# What the notebook's author reports, unpacked.
readonly REPORTED_BYTES=3700000000

usage() {
    cat <<'EOF'
usage: scripts/compare_image_size.sh [--image NAME] [--notebook-image NAME] [--markdown BENCH]

  --image NAME            image of svcd [default: svcd:latest]
  --notebook-image NAME   image to compare with, measured if it is on this machine [default: notebook_server]
  --markdown BENCH        print the README's table, with start and memory from the file that
                          `scripts/bench_http.sh --markdown BENCH` has written

example: scripts/build_image.sh && scripts/compare_image_size.sh
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

image=svcd:latest
notebook_image=notebook_server
markdown=
while (($# > 0)); do
    case $1 in
        --image | --notebook-image | --markdown)
            (($# > 1)) || usage_error "$1: expected a name, found the end of the command line"
            case $1 in
                --image) image=$2 ;;
                --notebook-image) notebook_image=$2 ;;
                --markdown) markdown=$(realpath -- "$2") ;;
            esac
            shift
            ;;
        -h | --help)
            usage
            exit
            ;;
        *) usage_error "unknown argument \`$1\`" ;;
    esac
    shift
done

cd "$(dirname "${BASH_SOURCE[0]}")/.."
binary=target/image/svcd

# Sizes of a local image: unpacked and compressed bytes; fails without an engine or without the image.
image_sizes() {
    local unpacked
    unpacked=$(docker image inspect --format '{{.Size}}' "$1" 2>/dev/null) || return
    echo "measuring $1" >&2
    echo "$unpacked $(docker save "$1" | gzip -n | wc -c)"
}

human() {
    awk -v bytes="$1" 'BEGIN {
        split("B kB MB GB", unit)
        for (i = 1; bytes >= 999.5 && i < 4; i++) bytes /= 1000
        digits = i == 1 || bytes >= 100 ? 0 : bytes >= 10 ? 1 : 2
        text = sprintf("%.*f", digits, bytes)
        if (digits) sub(/\.?0+$/, "", text)
        print text " " unit[i]
    }'
}

# How many times the first is larger than the second: "1,826 x".
factor() {
    awk -v large="$1" -v small="$2" 'BEGIN {
        ratio = large / small
        text = ratio < 10 ? sprintf("%.1f", ratio) : sprintf("%.0f", ratio)
        while (text ~ /^[0-9][0-9][0-9][0-9]/) sub(/[0-9][0-9][0-9]($|,)/, ",&", text)
        print text " x"
    }'
}

if sizes=$(image_sizes "$image"); then
    read -r unpacked compressed <<<"$sizes"
    source="measured, $image"
elif [[ -f $binary ]]; then
    unpacked=$(stat -c %s "$binary")
    compressed=$(gzip -nc "$binary" | wc -c)
    source="measured, $binary: no image $image here"
else
    die "neither the image $image nor $binary is here; scripts/build_image.sh makes them"
fi

if sizes=$(image_sizes "$notebook_image"); then
    read -r notebook_unpacked notebook_compressed <<<"$sizes"
    notebook_source="measured, $notebook_image"
    notebook_remark=
else
    notebook_unpacked=$REPORTED_BYTES
    notebook_compressed=
    notebook_source="reported by its author: no image $notebook_image here"
    notebook_remark=" (its author's figure)"
fi

# A row of the table that bench_http.sh has written: the cells of a server.
cells_of() {
    local cells
    cells=$(grep -F "| $1 " "$markdown") || die "$markdown: expected a row of $1, found none"
    IFS='|' read -r _ _ start memory _ <<<"$cells"
    echo "$(xargs <<<"$start")|$(xargs <<<"$memory")"
}

if [[ -n $markdown ]]; then
    IFS='|' read -r notebook_start notebook_memory <<<"$(cells_of 'notebook (wsgiref)')"
    IFS='|' read -r start memory <<<"$(cells_of svcd)"
    echo "| | notebook | svcd |"
    echo "| --- | --- | --- |"
    echo "| image, unpacked | $(human "$notebook_unpacked")$notebook_remark | $(human "$unpacked") |"
    echo "| image, compressed | $([[ -n $notebook_compressed ]] && human "$notebook_compressed" || echo –) | $(human "$compressed") |"
    echo "| start to first answer | $notebook_start | $start |"
    echo "| memory, idle | $notebook_memory | $memory |"
    exit
fi

row() {
    printf '%-9s  %10s  %11s  %10s  %s\n' "$@"
}

row image unpacked compressed smaller source
row notebook "$(human "$notebook_unpacked")" "$([[ -z $notebook_compressed ]] || human "$notebook_compressed")" \
    "" "$notebook_source"
row svcd "$(human "$unpacked")" "$(human "$compressed")" "$(factor "$notebook_unpacked" "$unpacked")" "$source"

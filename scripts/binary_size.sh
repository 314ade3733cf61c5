#!/usr/bin/env bash
# Shows what the static binary consists of: bytes by origin, the biggest symbols, and what other settings would give.
# Needs cargo, nm and size (binutils), what build_image.sh needs for a static binary; Linux. Prints tables; progress goes to standard error.
set -euo pipefail
export LC_ALL=C

usage() {
    cat <<'EOF'
usage: scripts/binary_size.sh [--top N] [--opt-levels LIST]

  --top N            number of symbols to show [default: 25]
  --opt-levels LIST  also build with these and show their sizes; '' for none [default: 's 2 3']

Sizes are those of the symbols in the binary before it is stripped. What has no name (constants, unwind tables) counts
only in the sections. Functions whose names are not Rust's are taken for the C library's.

example: scripts/binary_size.sh --top 60 --opt-levels ''
EOF
}

usage_error() {
    echo "error: $*" >&2
    usage >&2
    exit 2
}

top=25
levels='s 2 3'
while (($# > 0)); do
    case $1 in
        --top | --opt-levels)
            (($# > 1)) || usage_error "$1: expected a value, found the end of the command line"
            if [[ $1 == --top ]]; then top=$2; else levels=$2; fi
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
[[ $top =~ ^[0-9]+$ ]] || usage_error "--top: expected a number, found \`$top\`"

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/require.sh
source scripts/require.sh
require cargo "https://rustup.rs"
require nm "apt-get install binutils"
require size "apt-get install binutils"
musl=$(uname -m)-unknown-linux-musl
gnu=$(uname -m)-unknown-linux-gnu

# build TARGET [VARIABLE=VALUE ..]: prints where the binary is; as delivered but for the variables
build() {
    local target=$1
    shift
    echo "$target $*" >&2
    env CARGO_TARGET_DIR=target/profile CARGO_ENCODED_RUSTFLAGS=$'-C\x1ftarget-feature=+crt-static' "$@" \
        cargo build --quiet --release --locked --bin svcd --target "$target" >&2
    echo "target/profile/$target/release/svcd"
}

# is_installed TARGET
is_installed() {
    [[ -d $(rustc --print target-libdir --target "$1" 2>/dev/null) ]]
}

binary=$(build "$gnu" CARGO_PROFILE_RELEASE_STRIP=none)
echo "sections of the binary for $gnu, bytes"
size -A -d "$binary" | awk '$2 >= 10000 && $1 ~ /^\./ && $1 !~ /debug/ && $1 != ".bss" { printf "%10d  %s\n", $2, $1 }' | sort -rn

symbols=$(nm --demangle --print-size --size-sort --radix=d --reverse-sort "$binary" |
    awk '$3 !~ /[bB]/ { size = $2 + 0; $1 = $2 = $3 = ""; sub(/^ +/, ""); print size "\t" $0 }')

printf '\nby origin, bytes\n'
awk -F '\t' -v locked="$(sed -n 's/^name = "\(.*\)"$/\1/p' Cargo.lock | tr '\n-' ' _')" '
    BEGIN { split(locked, names, " "); for (i in names) is_locked[names[i]] = 1 }
    # the first crate in the name: that of the type, where a trait of another crate is implemented for it
    {
        origin = "C library"
        if (match($2, /(svcd::(api|cli|http|model_file|svc)|[a-z_][a-z0-9_]*)::/))
            origin = substr($2, RSTART, RLENGTH - 2)
        if (origin != "C library" && origin !~ /^svcd::/ && !(origin in is_locked)) origin = "Rust standard library"
        bytes[origin] += $1
    }
    END { for (origin in bytes) printf "%10d  %s\n", bytes[origin], origin }
' <<<"$symbols" | sort -rn

printf '\nbiggest symbols, bytes\n'
head -n "$top" <<<"$symbols" | awk -F '\t' '{ printf "%10d  %s\n", $1, substr($2, 1, 110) }'

[[ -n $levels ]] || exit 0
printf '\nsize of the whole file, bytes\n'
for target in "$gnu" "$musl"; do
    if ! is_installed "$target"; then
        printf '%10s  %s, which is not installed (rustup target add)\n' NOT\ RUN "$target"
        continue
    fi
    for level in $levels; do
        file=$(build "$target" "CARGO_PROFILE_RELEASE_OPT_LEVEL=$level")
        printf '%10d  %s, opt-level %s\n' "$(stat -c %s "$file")" "$target" "$level"
    done
done

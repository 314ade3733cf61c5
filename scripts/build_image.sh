#!/usr/bin/env bash
# Builds the static binary on this machine and the FROM-scratch image from it.
#
# Needs: Linux, bash, cargo with the locked crates (any earlier build has fetched them), readelf (binutils), the C library's
#        static form (glibc: libc6-dev or glibc-static; musl: the rustup target), and Docker for the image. No network.
# Prints (standard output): the binary with its size, the image with its sizes, the next command. Progress is on standard error.
# Leaves: target/image/svcd, target/image/svcd.cdx.json if cargo-cyclonedx is installed, and the image in the local engine.
set -euo pipefail
export LC_ALL=C

usage() {
    cat <<'EOF'
usage: scripts/build_image.sh [--tag NAME:TAG] [--target TUPLE] [--binary-only]

  --tag NAME:TAG   name of the image [default: svcd:latest, which docker-compose.yml starts]
  --target TUPLE   what to compile for [default: ARCH-unknown-linux-musl if installed, else ARCH-unknown-linux-gnu]
  --binary-only    make target/image/svcd and stop; needs no Docker

SOURCE_DATE_EPOCH (seconds) is the time stamp of the file in the image [default: that of the last commit].
The same sources, toolchain and target give the same bytes, in any folder.

example: scripts/build_image.sh && docker-compose up -d
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

tag=svcd:latest
target=
binary_only=false
while (($# > 0)); do
    case $1 in
        --tag | --target)
            (($# > 1)) || usage_error "$1: expected a value, found the end of the command line"
            declare "${1#--}=$2"
            shift
            ;;
        --binary-only) binary_only=true ;;
        -h | --help)
            usage
            exit
            ;;
        *) usage_error "unknown argument \`$1\`" ;;
    esac
    shift
done

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$root"

[[ $(uname -s) == Linux ]] || die "this makes Linux binaries on Linux; elsewhere: docker build -f Dockerfile.scratch -t $tag ."
command -v cargo >/dev/null || die "cargo is missing; without it: docker build -f Dockerfile.scratch -t $tag ."
command -v readelf >/dev/null || die "readelf is missing (package binutils)"

is_installed() {
    [[ -d $(rustc --print target-libdir --target "$1" 2>/dev/null) ]]
}

if [[ -z $target ]]; then
    arch=$(uname -m)
    target=$arch-unknown-linux-musl
    is_installed "$target" || target=$arch-unknown-linux-gnu
fi
is_installed "$target" || die "the target $target is not installed (rustup target add $target)"

# 1. The static binary. Paths of this machine stay out of it. The flags are separated by \x1f: a folder may have spaces.
if [[ -z ${SOURCE_DATE_EPOCH:-} ]]; then
    SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || echo 0)
fi
export SOURCE_DATE_EPOCH
flags=(
    -C target-feature=+crt-static
    "--remap-path-prefix=$root=."
    "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
)
# Relocations packed (DT_RELR) take a tenth of the room; glibc's start code knows them since 2.36.
if [[ $target == *-gnu && $(getconf GNU_LIBC_VERSION 2>/dev/null) =~ ^glibc\ ([0-9]+)\.([0-9]+) ]] &&
    ((BASH_REMATCH[1] > 2 || BASH_REMATCH[2] >= 36)); then
    flags+=(-C "link-arg=-Wl,-z,pack-relative-relocs")
fi
printf -v encoded_flags '%s\x1f' "${flags[@]}"
# Which commit this is, for `svcd --version --json`; outside of a repository what the caller says.
if SVCD_COMMIT=$(git rev-parse HEAD 2>/dev/null || echo "${SVCD_COMMIT:-}") && [[ -n $SVCD_COMMIT ]]; then
    [[ -z $(git status --porcelain 2>/dev/null) ]] || SVCD_COMMIT+=-dirty
    export SVCD_COMMIT
else
    unset SVCD_COMMIT
fi
# The tuple is named even where it is the host's: else the flags would reach procedural macros, which cannot be static.
CARGO_INCREMENTAL=0 CARGO_ENCODED_RUSTFLAGS=${encoded_flags%$'\x1f'} \
    cargo build --release --locked --bin svcd --target "$target" >&2
built=${CARGO_TARGET_DIR:-target}/$target/release/svcd

# An image without a loader and libraries runs only what needs neither.
headers=$(readelf --program-headers --dynamic --wide "$built")
[[ $headers != *INTERP* && $headers != *NEEDED* ]] || die "$built is not static"

binary=target/image/svcd
mkdir -p "$(dirname "$binary")"
install -m 0555 "$built" "$binary"
touch -d "@$SOURCE_DATE_EPOCH" "$binary"
printf 'binary  %s  %d bytes, %d gzipped, static, %s\n' \
    "$binary" "$(stat -c %s "$binary")" "$(gzip -nc "$binary" | wc -c)" "$target"

# 2. What it is made of (CycloneDX). The tool writes beside the manifest only, and names this folder.
sbom=target/image/svcd.cdx.json
rm -f "$sbom"
if cargo cyclonedx --version >/dev/null 2>&1; then
    cargo cyclonedx --quiet --format json --spec-version 1.5 --target "$target" --no-build-deps --override-filename svcd.cdx >&2
    sed "s|path+file://$root|path+file://.|g" svcd.cdx.json >"$sbom"
    rm svcd.cdx.json
    echo "sbom    $sbom" >&2
else
    echo "note    no SBOM is made without cargo-cyclonedx (cargo install --locked cargo-cyclonedx)" >&2
fi
if $binary_only; then
    echo "next    $binary --help"
    exit
fi

# 3. The image: metadata and that one file.
docker info >/dev/null 2>&1 || die "no Docker engine answers; the binary is made: $binary"
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
# BuildKit would add a second manifest that names this machine.
BUILDX_NO_DEFAULT_ATTESTATIONS=1 docker build --file Dockerfile.scratch --target prebuilt \
    --build-arg "VERSION=$version" --build-arg "REVISION=${SVCD_COMMIT:-unknown}" --tag "$tag" . >&2

printf 'image   %s  %d bytes unpacked, %d compressed\n' \
    "$tag" "$(docker image inspect --format '{{.Size}}' "$tag")" "$(docker save "$tag" | gzip -n | wc -c)"
if [[ $tag == svcd:latest ]]; then
    echo "next    docker-compose up -d"
else
    echo "next    docker run --rm -p 8000:8000 $tag"
fi

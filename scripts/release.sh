#!/usr/bin/env bash
# Makes the files of a release: for each target a tarball with the static binary, licence, documents, completions and the list of
# what it is made of (SBOM, CycloneDX), and SHA256SUMS over all of them. The same commit gives the same bytes.
#
# Needs what scripts/build_image.sh --binary-only needs, git, GNU tar, gzip, sha256sum, and cargo-cyclonedx for the SBOM.
# Prints (standard output): each file with its size. Leaves them in target/release-VERSION.
set -euo pipefail
export LC_ALL=C TZ=UTC

usage() {
    cat <<'USAGE'
usage: scripts/release.sh [--target TUPLE]... [--without-sbom]

  --target TUPLE    what to compile for; repeatable [default: what build_image.sh chooses]
  --without-sbom    leave out the SBOM, so that cargo-cyclonedx is not needed

Uncommitted changes are an error: a release is a commit.

example: scripts/release.sh && tar -tf target/release-*/svcd-*.tar.gz
USAGE
}

die() {
    echo "error: $*" >&2
    exit 1
}

targets=()
with_sbom=true
while (($# > 0)); do
    case $1 in
        --target)
            (($# > 1)) || { echo "error: --target: expected a value, found the end of the command line" >&2; usage >&2; exit 2; }
            targets+=("$2")
            shift
            ;;
        --without-sbom) with_sbom=false ;;
        -h | --help)
            usage
            exit
            ;;
        *)
            echo "error: unknown argument \`$1\`" >&2
            usage >&2
            exit 2
            ;;
    esac
    shift
done

cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ -z $(git status --porcelain) ]] || die "there are uncommitted changes; a release is a commit"
if $with_sbom; then
    cargo cyclonedx --version >/dev/null 2>&1 ||
        die "cargo-cyclonedx is missing (cargo install --locked cargo-cyclonedx, or --without-sbom)"
fi

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
folder=target/release-$version
rm -rf "$folder"
mkdir -p "$folder"

# What an archive holds depends only on the commit, down to order, times and owners.
pack() {
    tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -C "$1" -cf - "$2" |
        gzip -9n >"$folder/$2.tar.gz"
}

# Without targets: once, for what build_image.sh chooses.
for target in "${targets[@]:-}"; do
    scripts/build_image.sh --binary-only ${target:+--target "$target"} >/dev/null
    described=$(target/image/svcd --version --json | sed 's/.*"target":"\([^"]*\)".*/\1/')
    name=svcd-$version-${target:-$described}
    stage=$(mktemp -d)
    mkdir -p "$stage/$name/completions"
    install -m 0755 target/image/svcd "$stage/$name/svcd"
    install -m 0644 LICENSE README.md CHANGELOG.md SECURITY.md "$stage/$name"
    for shell in bash zsh fish; do
        target/image/svcd completions "$shell" >"$stage/$name/completions/svcd.$shell"
    done
    if $with_sbom; then
        # A serial number and the time of making would differ each time.
        sed -e '/"serialNumber"/d' -e '/"timestamp"/d' target/image/svcd.cdx.json >"$stage/$name/svcd.cdx.json"
    fi
    pack "$stage" "$name"
    rm -rf "$stage"
done

(cd "$folder" && sha256sum -- *.tar.gz >SHA256SUMS)
for file in "$folder"/*; do
    printf 'release  %s  %d bytes\n' "$file" "$(stat -c %s "$file")"
done
echo "next     (cd $folder && sha256sum -c SHA256SUMS)"

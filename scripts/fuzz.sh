#!/usr/bin/env bash
# Fuzzes everything that reads untrusted bytes, requests and model files, for a limited time.
#
# Needs cargo-fuzz (cargo install cargo-fuzz) and a C++ compiler; a stable Rust is enough. Starts from the files in tests/fuzz/corpus
# or tests/fixtures, and keeps what it finds in target/fuzz. Prints a line for each target: its name, the number of executions, and
# "no finding"; otherwise libFuzzer's report and the file with the input, with exit code 1.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: scripts/fuzz.sh [SECONDS] [TARGET...]

  SECONDS   for each target, default 60
  TARGET    default: all of tests/fuzz/fuzz_targets
TEXT
}

case "${1:-}" in
-h | --help)
    usage
    exit
    ;;
esac

cd "$(dirname "$0")/.."
seconds=${1:-60}
shift || true
if ! [[ $seconds =~ ^[0-9]+$ ]]; then
    usage >&2
    exit 2
fi
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    for path in tests/fuzz/fuzz_targets/*.rs; do
        targets+=("$(basename "$path" .rs)")
    done
fi

# where a target starts from
seeds() {
    case $1 in
    pickle | joblib) ls -d tests/fixtures/{pickle,targets,wrappers}/*/ ;;
    libsvm) ls -d tests/fixtures/libsvm/ ;;
    *) ls -d "tests/fuzz/corpus/$1/" ;;
    esac
}

# the words that a target is made of
dictionary() {
    case $1 in
    joblib | pieces) echo tests/fuzz/pickle.dict ;;
    chunked) echo tests/fuzz/request.dict ;;
    tensors) echo tests/fuzz/rows.dict ;;
    *) echo "tests/fuzz/$1.dict" ;;
    esac
}

for target in "${targets[@]}"; do
    echo "$target for $seconds s" >&2
    corpus=target/fuzz/corpus/$target
    log=target/fuzz/$target.log
    mkdir -p "$corpus" "target/fuzz/artifacts/$target"
    mapfile -t folders < <(seeds "$target")
    # -timeout is by the clock on the wall, and a busy machine may stop for seconds
    options=("-max_total_time=$seconds" -max_len=65536 -timeout=10 -rss_limit_mb=512 -print_final_stats=1)
    options+=("-artifact_prefix=target/fuzz/artifacts/$target/")
    options+=("-dict=$(dictionary "$target")")
    # the fuzzer's instrumentation is not stable yet; the program has no unsafe code that a sanitizer would watch
    if RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=target/fuzz/build cargo fuzz run --fuzz-dir tests/fuzz --sanitizer none "$target" \
        "$corpus" "${folders[@]}" -- "${options[@]}" >"$log" 2>&1; then
        executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        echo "$target: $executions executions in $seconds s, no finding"
    else
        tail -n 40 "$log" >&2
        echo "$target: failed, see $log" >&2
        exit 1
    fi
done

# cargo-fuzz makes folders that stay empty
find tests/fuzz/artifacts -type d -empty -delete 2>/dev/null || true

# shellcheck shell=bash
# Used by other scripts. require TOOL HOW: ends the script with one line if TOOL is not in the PATH or, given as a path, does not exist; HOW says
# what installs it.
require() {
    if ! command -v "$1" >/dev/null && [[ $1 != /* || ! -e $1 ]]; then
        echo "error: $1 is not installed; $2" >&2
        exit 1
    fi
}

# shellcheck shell=bash
# A part of other scripts. require TOOL HOW: ends the script with one line where TOOL is not in the PATH, or as a path names no file; HOW says
# what installs it.
require() {
    if ! command -v "$1" >/dev/null && [[ $1 != /* || ! -e $1 ]]; then
        echo "error: $1 is not installed; $2" >&2
        exit 1
    fi
}

# /// script
# requires-python = ">=3.11"
# ///
"""Completes command lines of svcd in bash, zsh and fish, with the scripts that `svcd completions` prints.

zsh runs in its own terminal and gets the keys that a person would press; bash and fish are asked for their candidates.

Prints a line for each shell with the number of command lines; ends with exit code 1 at the first one completed wrongly.

Needs bash, zsh and fish (Debian: apt-get install zsh fish), and cargo unless --binary is given. Run from anywhere:

    uv run scripts/check_completions.py
"""

import argparse
import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from serving import compiled

# The line before the cursor, what has to be offered, what must not be.
CASES = [
    ("svcd ", {"serve", "predict", "completions", "help"}, {"--port", "rows.csv"}),
    ("svcd ins", {"inspect"}, {"import"}),
    ("svcd help ex", {"export"}, {"import"}),
    ("svcd --log-", {"--log-format", "--log-level"}, {"--format"}),
    ("svcd serve --log-format ", {"text", "json"}, {"rows.csv"}),
    ("svcd --errors=", {"full", "terse"}, {"text"}),
    ("svcd predict --f", {"--format", "--feature-names"}, {"--fail"}),
    ("svcd predict row", {"rows.csv"}, {"model.bin"}),
    ("svcd train --e", {"--estimator", "--epsilon"}, {"--errors"}),
    ("svcd train --kernel ", {"rbf", "sigmoid"}, {"rows.csv"}),
    ("svcd inspect --model mod", {"model.bin"}, {"rows.csv"}),
    ("svcd serve --port ", set(), {"rows.csv", "model.bin"}),
    ("svcd healthcheck ", set(), {"rows.csv", "serve"}),
    ("svcd completions ", {"bash", "zsh", "fish"}, {"serve"}),
]

BASH = r"""
source "$1"
line=$2
read -ra COMP_WORDS <<< "${line//=/ = }"
[[ $line == *[\ =] ]] && COMP_WORDS+=('')
COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
# readline knows what to do without candidates; only while it completes can it be told otherwise
compopt() { files=; }
files=yes
_svcd
if (( ${#COMPREPLY[@]} == 0 )) && [[ -n $files ]]; then COMPREPLY=( $(compgen -f -- "${COMP_WORDS[COMP_CWORD]}") ); fi
printf '%s\n' "${COMPREPLY[@]}"
"""


def ask_bash(script, line, folder):
    return subprocess.run(["bash", "-c", BASH, "bash", script, line], cwd=folder, check=True, capture_output=True, text=True).stdout


def ask_fish(script, line, folder):
    command = ["fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", script, line]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def ask_zsh(script, line, folder):
    """Presses the tab key, and returns what is on the screen then."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.environ["TERM"] = "dumb"
        os.execvp("zsh", ["zsh", "-f", "-i"])
    try:
        setup = f"PS1='> '; autoload -U compinit; compinit -u -D; source {script}; LISTMAX=1000; echo rea''dy\n"
        os.write(terminal, setup.encode())
        read_until(terminal, b"ready\r\n", 20)
        os.write(terminal, line.encode() + b"\t")
        screen = read_until(terminal, None, 1)
    finally:
        os.close(terminal)
        os.waitpid(pid, 0)
    return re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", screen).decode(errors="replace")


def read_until(terminal, text, seconds):
    """Everything up to `text`, or all that comes in that time."""
    found, end = b"", time.monotonic() + seconds
    while time.monotonic() < end and (text is None or text not in found):
        if select.select([terminal], [], [], 0.1)[0]:
            found += os.read(terminal, 1 << 16)
    if text is not None and text not in found:
        sys.exit(f"zsh is not ready after {seconds} s: {found!r}")
    return found


def check(shell, ask, binary):
    script = subprocess.run([binary, "completions", shell], check=True, capture_output=True).stdout
    with tempfile.TemporaryDirectory() as folder:
        for name in ("rows.csv", "model.bin"):
            (Path(folder) / name).touch()
        with tempfile.NamedTemporaryFile() as file:
            file.write(script)
            file.flush()
            for line, offered, others in CASES:
                words = set(re.split(r"[\s=]+", ask(file.name, line, folder)))
                if not offered <= words or others & words:
                    sys.exit(f"{shell}: `{line}`: expected {sorted(offered)} and none of {sorted(others)}, found {sorted(words)}")
    print(f"{shell}: {len(CASES)} command lines completed")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--binary", type=Path, help="svcd (default: compiled first)")
    parser.add_argument("shells", nargs="*", default=["bash", "zsh", "fish"], metavar="SHELL")
    options = parser.parse_args()
    binary = Path(options.binary or compiled()).resolve()
    asks = {"bash": ask_bash, "zsh": ask_zsh, "fish": ask_fish}
    for shell in options.shells:
        check(shell, asks[shell], binary)


main()

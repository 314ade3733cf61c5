"""How a script ends: its servers are always stopped first; a failure prints one line and sets the exit code."""

import shlex
import signal
import subprocess
import sys

from peer import Trouble


def run(main):
    # so that the servers are stopped on SIGTERM too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        main()
    except Trouble as trouble:
        sys.exit(f"error: {trouble}")
    except subprocess.CalledProcessError as failed:
        sys.exit(f"error: {shlex.join(map(str, failed.cmd))} ended with {failed.returncode}")
    except KeyboardInterrupt:
        sys.exit(130)

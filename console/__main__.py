"""The entry point of the `romashka` command."""

from __future__ import annotations

import os
import signal
import sys


def main() -> None:
    """Run the command line and end the process with its exit code."""
    from console.app import app
    from console.problems import NOBODY_READS, ReaderGone

    _stand_in_for_closed_streams()
    # Help ends as other tools do when its reader goes; a command ends in order, by ReaderGone.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        app(prog_name="romashka")
    except ReaderGone:
        sys.exit(NOBODY_READS)


def _stand_in_for_closed_streams() -> None:
    """Python has None for what a daemon's parent closed (`>&-`): nobody reads it."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 - until the process ends


if __name__ == "__main__":
    main()

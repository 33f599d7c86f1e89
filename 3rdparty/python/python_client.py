"""Pants' Python client, where the native client of `./pants` could not serve a command.

The native client executes this program after any failure. Before pantsd has been asked for anything, that is right: the
Python client starts pantsd, or runs without it. Later, for example after a second Ctrl-C, it would run the command twice.

SIGINT tells the two apart. The launcher ignores it, and the native client installs a handler for it immediately before it
connects to pantsd; `execve` keeps an ignored signal ignored, and makes a handled one the default again.
"""

import select
import signal
import sys
from pathlib import Path

NO_RESULT = """\
pants: pantsd gave no result: the command was interrupted twice, or pantsd was killed, perhaps for lack of memory.
  Run the command again; if this repeats, run it with --no-pantsd."""


def reader_is_gone() -> bool:
    """Whether the other end of stdout or stderr is closed, as in `./pants list :: | head -1`."""
    poll = select.poll()
    for descriptor in (1, 2):
        poll.register(descriptor, 0)
    return bool(poll.poll(0))


def main() -> None:
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        sys.exit(1 if reader_is_gone() else NO_RESULT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Pants starts pantsd by the command line that it was started by itself, where SIGINT is not ignored.
    sys.argv[0] = str(Path(__file__).with_name("pants"))
    from pants.bin.pants_loader import main as run_pants

    run_pants()


if __name__ == "__main__":
    main()

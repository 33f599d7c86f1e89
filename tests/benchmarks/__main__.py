"""What `run` starts. Modules are found from their source roots, as Pants finds them."""

import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

if __name__ == "__main__":
    sys.path[0:1] = [str(REPOSITORY / "tests"), str(REPOSITORY / "pants-plugins")]

    from benchmarks.command_line import main

    sys.exit(main(sys.argv[1:], REPOSITORY))

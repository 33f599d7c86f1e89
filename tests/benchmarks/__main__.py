"""What `run` starts. Modules are found from their source roots, as Pants finds them."""

import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

if __name__ == "__main__":
    sys.path[0:1] = [str(REPOSITORY / "tests"), str(REPOSITORY / "pants-plugins")]

    from benchmarks import command_line, monorepo

    if sys.argv[1:2] == ["monorepo"]:
        sys.exit(monorepo.main(sys.argv[2:], REPOSITORY))
    sys.exit(command_line.main(sys.argv[1:], REPOSITORY))

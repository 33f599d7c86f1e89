"""The first file of every process of ours: `python -ISB run_module.py MODULE ARGUMENT…`.

The interpreter starts isolated, so this puts the staged sources beside this file, and the staged libraries if there are
any, on the module path, and nothing of the machine. It is staged as a file and imported by nobody.
"""

import importlib
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
LIBRARIES = os.path.join(os.path.dirname(HERE), "libraries")

sys.path.insert(0, HERE)
if os.path.isdir(LIBRARIES):
    sys.path[1:1] = [os.path.join(LIBRARIES, name) for name in sorted(os.listdir(LIBRARIES))]

if __name__ == "__main__":
    sys.exit(importlib.import_module(sys.argv[1]).main(sys.argv[2:]))

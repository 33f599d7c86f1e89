"""Runs one command and writes down what it used: `python -IS timed.py RESULT CORES COMMAND…`.

In: the file to write; the cores that the command may use, `0` or `0,1`; the command with an absolute path. Its standard
streams, directory and environment are this process's. Out: a line `exit-status wall-seconds cpu-seconds peak-KiB` in
RESULT.

It is a process of its own, because the kernel keeps the peak of all children as one number, and a small one, because a
command's peak begins with the memory of the process that started it.
"""

import os
import sys
import time

result, cores, *command = sys.argv[1:]
os.sched_setaffinity(0, [int(core) for core in cores.split(",")])
start = time.perf_counter()
_, status, usage = os.wait4(os.posix_spawn(command[0], command, os.environ), 0)
wall = time.perf_counter() - start
with open(result, "w") as file:
    cpu = usage.ru_utime + usage.ru_stime
    print(os.waitstatus_to_exitcode(status), wall, cpu, usage.ru_maxrss, file=file)

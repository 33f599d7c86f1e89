"""The command: `python -m scratch_image.validate PATH [--json]`.

In: a directory with an OCI image layout, or a tar archive of one. Out: the problems on stdout, one on a line, and a last
line that sums up; or the report as JSON. Exit status 0 if there is no problem, 1 if there is, 2 if PATH can not be read.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import List, Optional

from scratch_image.validate.check import check
from scratch_image.validate.problems import Report, Unreadable


def main(args: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser("scratch_image.validate", description="Derives all of an OCI image layout again.")
    parser.add_argument("path", help="a directory with an OCI image layout, or a tar archive of one")
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    options = parser.parse_args(args)
    try:
        report = check(options.path)
    except Unreadable as error:
        print(ascii(str(error))[1:-1], file=sys.stderr)
        return 2
    text = json.dumps(report.to_dict(), indent=2, sort_keys=True) if options.json else summary(report)
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
    return 0 if report.ok else 1


def summary(report: Report) -> str:
    lines = [str(problem) for problem in report.problems]
    lines += [f"not checked: {text}" for text in report.not_checked]
    more = len(report.not_checked)
    if report.ok:
        size = f"{report.size:,}".replace(",", " ")
        last = f"ok: {_counted(report.manifests, 'manifest')}, {_counted(report.blobs, 'blob')}, {size} bytes"
    else:
        last = _counted(len(report.problems) + report.not_shown, "problem")
        last += f", {report.not_shown} of them not shown" if report.not_shown else ""
    return "\n".join([*lines, f"{last}; {_counted(more, 'thing')} not checked" if more else last])


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


if __name__ == "__main__":
    sys.exit(main())

"""The command: `python -m scratch_image.validate PATH… [--json]`.

In: directories with an OCI image layout, tar archives of one, or directories that `package` wrote. Out: the problems on
stdout, one on a line, and for each layout or archive a last line that sums up; or the reports as JSON, by path. Exit status
0 if there is no problem, 1 if there is, 2 if a path can not be read.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Dict, List, Optional

from scratch_image.layout.problems import Report, Unreadable
from scratch_image.validate.package import check_path


def main(args: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser("scratch_image.validate", description="Derives all of an OCI image layout again.")
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="+",
        help="a directory with an OCI image layout, a tar archive of one, or a directory that `package` wrote",
    )
    parser.add_argument("--json", action="store_true", help="the reports as JSON, by path")
    options = parser.parse_args(args)
    reports: Dict[str, Report] = {}
    unreadable = False
    for path in options.paths:
        try:
            found = check_path(path)
        except Unreadable as error:
            print(ascii(str(error))[1:-1], file=sys.stderr, flush=True)
            unreadable = True
            continue
        reports.update(found)
        if not options.json:
            _print("\n".join(f"{where}: {line}" for where, report in found for line in summary(report)))
    if options.json:
        _print(json.dumps({path: report.to_dict() for path, report in reports.items()}, indent=2, sort_keys=True))
    return 2 if unreadable else 0 if all(report.ok for report in reports.values()) else 1


def summary(report: Report) -> List[str]:
    """Lines: the problems, what was not checked, and how much was."""
    lines = [str(problem) for problem in report.problems]
    lines += [f"not checked: {text}" for text in report.not_checked]
    more = len(report.not_checked)
    if report.ok:
        size = f"{report.size:,}".replace(",", " ")
        last = f"ok: {_counted(report.manifests, 'manifest')}, {_counted(report.blobs, 'blob')}, {size} bytes"
    else:
        last = _counted(len(report.problems) + report.not_shown, "problem")
        last += f", {report.not_shown} of them not shown" if report.not_shown else ""
    return [*lines, f"{last}; {_counted(more, 'thing')} not checked" if more else last]


def _print(text: str) -> None:
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
    sys.stdout.flush()


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


if __name__ == "__main__":
    sys.exit(main())

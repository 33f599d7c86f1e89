"""An image's program, run as a test asks: every difference from what is expected."""

from __future__ import annotations

import re
import signal
import time
from typing import Iterator, List, Optional, Tuple

from scratch_image.layout.tree import Node
from scratch_image.oci.numbers import counted
from scratch_image.run.captured import LIMIT, Captured
from scratch_image.run.command import Settings
from scratch_image.run.container import Start
from scratch_image.run.errors import NotRun
from scratch_image.run.image import StoredImage
from scratch_image.run.request import Request, is_taken
from scratch_image.run.rungs import Rung
from scratch_image.structure.compare import Difference, text_difference
from scratch_image.structure.runs import CommandExpectation, RunExpectations, ServiceExpectation

_LINES = 20
# Seconds.
_MOMENT = 0.5
_NO_HANDLER = (
    "as process 1, a program ends by a signal only if it handles it: handle it in the program, or set another stop_signal"
)


def run_all(expectations: RunExpectations, image: StoredImage, rung: Rung, emulator: Optional[str]) -> List[Difference]:
    """Runs all commands and the service, each in a container of its own, one after the other."""
    common = Settings(read_only=expectations.read_only, restricted=expectations.restricted, own_network=True)
    found: List[Difference] = []
    for command in expectations.commands:
        settings = common._replace(args=command.args, env=command.env)
        found.extend(_command(command, Start(image, settings, rung, emulator=emulator)))
    if expectations.service:
        service = expectations.service
        settings = common._replace(args=service.args, env=service.env)
        found.extend(_service(service, Start(image, settings, rung, emulator=emulator)))
    return found


def _command(want: CommandExpectation, start: Start) -> Iterator[Difference]:
    subject = f"command {list(want.args)!r}"
    try:
        run = Captured(start, want.stdin.encode("utf-8"))
    except NotRun as error:
        yield Difference(subject, "", f"exit code {want.exit_code}", f"exit code {error.code}", (str(error),))
        return
    try:
        has_ended = run.wait(want.timeout)
    finally:
        run.close()
    said = _said(run)
    if run.overflowed:
        yield Difference(subject, "", f"at most {counted(LIMIT, 'byte')} of output", "more", said)
        return
    if not has_ended:
        yield Difference(subject, "", f"an end within {want.timeout} s", "still running", said)
        return
    if run.container.exit_code != want.exit_code:
        found = _exit_code(run)
        yield Difference(subject, "exit code", str(want.exit_code), found, said)
    yield from _output(subject, "stdout", want.stdout, want.stdout_matches, run.stdout)
    yield from _output(subject, "stderr", want.stderr, want.stderr_matches, run.stderr)


def _output(subject: str, name: str, want: Optional[str], expression: Optional[str], found: bytes) -> Iterator[Difference]:
    if want is not None and want.encode("utf-8") != found:
        node = Node("file", 0, size=len(found), head=found)
        yield Difference(f"{subject}, {name}", "text", "", "", text_difference(want, node))
    if expression is not None and not re.search(expression, found.decode("utf-8", "replace")):
        yield Difference(f"{subject}, {name}", "", f"a match of {expression!r}", "none", _last(found))


def _service(want: ServiceExpectation, start: Start) -> Iterator[Difference]:
    subject = f"service on port {want.port}"
    answer = f"status {want.status} from {want.path} within {want.within} s"
    if start.rung.is_chroot and is_taken(want.port):
        more = ("without namespaces, the program has the network of this machine",)
        yield Difference(subject, "", answer, "something else on this machine that listens on the port", more)
        return
    try:
        run = Captured(start)
    except NotRun as error:
        yield Difference(subject, "", answer, f"exit code {error.code}", (str(error),))
        return
    try:
        request = Request(run.container, want.port, want.path, want.status, want.within)
        try:
            has_ended = run.wait(want.within + 5, until=request.descriptor)
            result = "" if has_ended or run.overflowed else request.result()
            # Whoever asked may have noticed the end first.
            has_ended = has_ended or (result != "ok" and run.wait(_MOMENT))
        finally:
            request.close()
        if has_ended:
            yield Difference(subject, "", answer, f"that it ended with exit code {_exit_code(run)}", _said(run))
        elif run.overflowed:
            yield Difference(subject, "", f"at most {counted(LIMIT, 'byte')} of output", "more", _said(run))
        elif result != "ok":
            yield Difference(subject, "", answer, result, tuple(filter(None, (_other_ports(want, start), *_said(run)))))
        else:
            yield from _stop(subject, want, start, run)
    finally:
        run.close()


def _other_ports(want: ServiceExpectation, start: Start) -> str:
    """The ports that the image says it listens on, if that of the test is not among them."""
    ports = start.image.configuration.values.get("exposed_ports") or ()
    if not ports or any(port.partition("/")[0] == str(want.port) for port in ports):
        return ""
    return f"`exposed_ports` of the image has {', '.join(ports)}, and not {want.port}"


def _stop(subject: str, want: ServiceExpectation, start: Start, run: Captured) -> Iterator[Difference]:
    name, number = _stop_signal(start)
    run.container.send_signal(number)
    begun = time.monotonic()
    if not run.wait(want.stop_within):
        more = ("" if start.rung.is_chroot else _NO_HANDLER, *_said(run))
        expected = f"an end within {want.stop_within} s of {name}"
        found = f"still running after {time.monotonic() - begun:.0f} s"
        yield Difference(subject, "", expected, found, tuple(filter(None, more)))


def _stop_signal(start: Start) -> Tuple[str, int]:
    """The name and number of the image's stop signal; as in Docker, SIGTERM where it has none."""
    text = (start.image.configuration.values.get("stop_signal") or ("SIGTERM",))[0]
    if text.isdigit():
        return f"signal {text}", int(text)
    number = getattr(signal, text if text.startswith("SIG") else f"SIG{text}", None)
    return (text, int(number)) if isinstance(number, signal.Signals) else ("SIGTERM", int(signal.SIGTERM))


def _exit_code(run: Captured) -> str:
    number = run.container.signal
    return f"{run.container.exit_code}, ended by {signal.Signals(number).name}" if number else str(run.container.exit_code)


def _said(run: Captured) -> Tuple[str, ...]:
    """The end of its output."""
    return tuple(f"{name}: {line}" for name in ("stdout", "stderr") for line in _last(getattr(run, name)))


def _last(content: bytes) -> Tuple[str, ...]:
    return tuple(content.decode("utf-8", "backslashreplace").splitlines()[-_LINES:])

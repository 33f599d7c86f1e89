"""A headless Chromium that is asked by the DevTools protocol, over a pipe: nothing but the standard library is needed.

https://chromedevtools.github.io/devtools-protocol/: messages are JSON, each with a NUL at its end; the browser reads
them from descriptor 3 and writes to 4.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List

_SECONDS = 60.0
_FLAGS = (
    "--headless",
    "--remote-debugging-pipe",
    # Tests run as root, too, and in containers, where there is no sandbox and little shared memory.
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--no-first-run",
    "--hide-scrollbars",
)


class Browser:
    """A running browser: `call` sends a command, and gives its result; `events` are those that came so far."""

    def __init__(self, program: str, directory: str) -> None:
        commands, self._commands = _pipe()
        self._answers, answers = _pipe()
        os.set_blocking(self._answers, False)
        null = os.open(os.devnull, os.O_RDWR)
        actions = [(os.POSIX_SPAWN_DUP2, null, number) for number in (0, 1, 2)]
        actions += [(os.POSIX_SPAWN_DUP2, commands, 3), (os.POSIX_SPAWN_DUP2, answers, 4)]
        environment = {"HOME": directory, "PATH": os.environ.get("PATH", os.defpath), "TZ": "UTC"}
        arguments = [program, *_FLAGS, f"--user-data-dir={directory}/profile", "about:blank"]
        self.pid = os.posix_spawn(program, arguments, environment, file_actions=actions, setpgroup=0)
        for descriptor in (commands, answers, null):
            os.close(descriptor)
        self._number, self._buffer = 0, b""
        self.events: List[Dict[str, Any]] = []

    def call(self, method: str, session: str = "", **parameters: object) -> Dict[str, Any]:
        self._number += 1
        message: Dict[str, object] = {"id": self._number, "method": method, "params": parameters}
        message.update({"sessionId": session} if session else {})
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + _SECONDS
        while True:
            answer = self._next(deadline)
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                result: Dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def wait(self, method: str, session: str) -> Dict[str, Any]:
        """The first event of a kind."""
        deadline = time.monotonic() + _SECONDS
        while True:
            for event in self.events:
                if event.get("method") == method and event.get("sessionId") == session:
                    self.events.remove(event)
                    return event
            self.events.append(self._next(deadline))

    def _next(self, deadline: float) -> Dict[str, Any]:
        while b"\0" not in self._buffer:
            if not select.select([self._answers], [], [], max(deadline - time.monotonic(), 0))[0]:
                raise AssertionError("the browser does not answer")
            piece = os.read(self._answers, 1 << 20)
            if not piece:
                raise AssertionError("the browser has ended")
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\0")
        message: Dict[str, Any] = json.loads(line)
        return message

    def close(self) -> None:
        with contextlib.suppress(AssertionError, OSError):
            self.call("Browser.close")
        os.close(self._commands)
        os.close(self._answers)
        deadline = time.monotonic() + 10
        is_running = True
        while is_running and time.monotonic() < deadline:
            is_running = os.waitpid(self.pid, os.WNOHANG) == (0, 0)
            time.sleep(0.02 if is_running else 0)
        # Its helpers are in its group, and end with it, if not by themselves.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        if is_running:
            os.waitpid(self.pid, 0)


class Page:
    """A tab. `errors` are what the browser says of a page in its console, and `requests` what it asked for."""

    def __init__(self, browser: Browser) -> None:
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self._browser = browser
        self._session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "DOM", "Accessibility"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: object) -> Dict[str, Any]:
        return self._browser.call(method, self._session, **parameters)

    def open(self, path: Path, width: int, scheme: str = "light", media: str = "") -> None:
        """Loads a file in a window of a width."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)
        self._browser.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        self._browser.wait("Page.loadEventFired", self._session)

    def run(self, script: str) -> Any:
        """The value of an expression of JavaScript, which the debugger may run where the page may not."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def press(self, key: str) -> None:
        code = {"Tab": 9, "Enter": 13}[key]
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **text)

    def names(self) -> List[Dict[str, str]]:
        """What a screen reader is told: role and name of each node."""
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        shown = [node for node in nodes if not node.get("ignored")]
        return [{key: str(node.get(key, {}).get("value", "")) for key in ("role", "name")} for node in shown]

    def screenshot(self) -> bytes:
        return base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"])

    def pdf(self) -> bytes:
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"])

    @property
    def errors(self) -> List[Dict[str, Any]]:
        kinds = ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")
        return [event for event in self._browser.events if event.get("method") in kinds]

    @property
    def requests(self) -> List[str]:
        events = [event for event in self._browser.events if event.get("method") == "Network.requestWillBeSent"]
        return [event["params"]["request"]["url"] for event in events]


@contextlib.contextmanager
def browser(program: str) -> Iterator[Browser]:
    """A browser with a profile of its own, which ends with the block."""
    directory = tempfile.mkdtemp(prefix="browser-", dir="/tmp")
    try:
        found = Browser(program, directory)
        try:
            yield found
        finally:
            found.close()
    finally:
        # A helper of the browser may still write while this is removed.
        shutil.rmtree(directory, ignore_errors=True)


def _pipe() -> List[int]:
    """Both ends of a pipe, above the descriptors that the browser uses."""
    ends = []
    for end in os.pipe():
        ends.append(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10))
        os.close(end)
    return ends

"""The command: `python -m scratch_image.run [OPTION…] PATH [-- ARG…]`.

In: a directory with an OCI image layout, a tar archive of one, or a directory that `package` wrote. It starts the image's
program as `docker run` does, without a container engine. Out: the program's output; on stderr, how far this machine lets it
be a container. Exit codes as Docker documents them: the program's own; 128 and the number of the signal that ended it; 125
if the image could not be started, 126 if its program cannot be executed, 127 if that is not there.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from typing import Callable, List, NoReturn, Optional, Sequence, Tuple

from scratch_image.oci.names import LAYOUT
from scratch_image.oci.platform import Platform
from scratch_image.oci.text import printable
from scratch_image.run.command import Mount, Settings
from scratch_image.run.errors import NotRun
from scratch_image.run.machine import STORED, check_system, emulator, platforms, stored_for_podman

_PORTS = "the network is this machine's, and no port has to be published"
_TERMINAL = "the program has a terminal if this command has one"
_ONCE = "nothing has to be removed: the root ends with the program"
_MOUNTS = "write --mount=HOST:/PATH, or HOST:/PATH:ro"
# Options of `docker run` → what stands for them here.
_OF_DOCKER = {
    **dict.fromkeys(("-p", "-P", "--publish", "--publish-all", "--port"), _PORTS),
    **dict.fromkeys(("-i", "-t", "--interactive", "--tty"), _TERMINAL),
    **dict.fromkeys(("-v", "--volume"), _MOUNTS),
    **dict.fromkeys(("-d", "--detach"), "it runs in the foreground: let the shell start it with `&`"),
    "-e": "write --env=NAME=VALUE",
    "-u": "write --user=USER",
    "--rm": _ONCE,
}
_ARGUMENT = re.compile(r"argument --([a-z-]+):")
_NOT_MOUNTED_OVER = ("/", "/proc", "/sys", "/dev")


class _Parser(argparse.ArgumentParser):
    # Whether the goal `run` of Pants has made the command line, of its options.
    of_pants = False

    def error(self, message: str) -> NoReturn:
        """As `docker run`, it ends with 125 for its own mistakes."""
        if self.of_pants:
            option = _ARGUMENT.sub(lambda found: f"option `[scratch-image-run].{_of_pants(found[1])}`:", message)
            self.exit(125, f"scratch-image: {option}\n")
        self.print_usage(sys.stderr)
        self.exit(125, f"{self.prog}: error: {message}\n")


def main(args: Optional[List[str]] = None) -> int:
    """Runs the command, and returns its exit code."""
    arguments = sys.argv[1:] if args is None else args
    split = arguments.index("--") if "--" in arguments else len(arguments)
    options = _options(arguments[:split])
    # Pants has put the path of its sandbox in the place of these braces, which are the program's.
    rest = (arg.replace(options.sandbox, "{chroot}") if options.sandbox else arg for arg in arguments[split + 1 :])
    program_args = tuple(rest) or None
    _open_standard_descriptors()
    try:
        check_system()
        return _run(options, program_args)
    except NotRun as error:
        # Names and texts are the image's: nothing in them may move the cursor.
        _say("\n".join(map(printable, _named(str(error), options).split("\n"))))
        return error.code
    except KeyboardInterrupt:
        return 130


def _of_pants(name: str) -> str:
    """The name of an option of this command among those of the goal `run` of Pants."""
    return {"mount": "mounts"}.get(name, name.replace("-", "_"))


def _named(text: str, options: argparse.Namespace) -> str:
    """A message with the path of the image; of the goal `run`, with the target in the place of a path in the sandbox."""
    if not options.target:
        return text.replace(STORED, stored_for_podman(options.path))
    text = text.replace(STORED, f"oci:dist/DIRECTORY/{LAYOUT}")
    return text.replace(os.path.join(options.path, LAYOUT), options.target).replace(options.path, options.target)


def _options(arguments: List[str]) -> argparse.Namespace:
    """Reads what stands before `--`. What it does not know is an error, for Docker's options with what to write instead."""
    parser = _parser()
    parser.of_pants = any(arg.startswith("--target=") for arg in arguments)
    options, unknown = parser.parse_known_args(arguments)
    flags = [arg for arg in unknown if arg.startswith("-") and arg != "-"]
    if flags:
        name = flags[0].partition("=")[0]
        # Docker's options of one letter may have their value, or others, behind them: -p8080:8080, -it.
        cure = _OF_DOCKER.get(name) or (_OF_DOCKER.get(name[:2]) if not name.startswith("--") else None)
        parser.error(f"unrecognized arguments: {' '.join(flags)}" + (f"; {cure}" if cure else ""))
    if unknown:
        text = " ".join(unknown)
        parser.error(f"unrecognized arguments: {text}; arguments of the program follow `--`: PATH -- {text}")
    return options


def _parser() -> _Parser:
    parser = _Parser(
        "scratch-image run",
        usage="scratch-image run [OPTION…] PATH [-- ARG…]",
        description="Starts the program of an image as `docker run` does, without a container engine.",
    )
    parser.add_argument("path", metavar="PATH", help="an OCI image layout, a tar archive of one, or what `package` wrote")
    # Of the goal `run`: where Pants has put the image, and the target that it was made of.
    parser.add_argument("--sandbox", help=argparse.SUPPRESS)
    parser.add_argument("--target", help=argparse.SUPPRESS)
    parser.add_argument("--platform", type=_checked(Platform.parse), help="the platform, for example linux/arm64")
    parser.add_argument("--entrypoint", action="append", metavar="ARG", help="replaces entrypoint and cmd; repeatable")
    parser.add_argument(
        "--env", action="append", default=[], type=_checked(_variable), metavar="NAME=VALUE", help="sets a variable"
    )
    parser.add_argument("--user", metavar="USER", help="the user: uid, uid:gid, or names of the image's /etc/passwd")
    parser.add_argument(
        "--mount",
        action="append",
        default=[],
        type=_checked(read_mount),
        metavar="HOST:PATH[:ro]",
        help="mounts a file or directory of the host at a path of the image",
    )
    parser.add_argument("--read-only", action="store_true", help="makes all but volumes and mounts read-only")
    parser.add_argument(
        "--restricted", action="store_true", help="Kubernetes' restricted profile: no capabilities, and no new ones"
    )
    parser.add_argument("--network", choices=("host", "none"), default="host", help="default: host; none: loopback only")
    parser.add_argument(
        "--low-ports", action="store_true", help="opens ports below 1024 to all users, as Docker; with --network=none"
    )
    parser.add_argument(
        "--allow-weak", action="store_true", help="lets root run where the machine allows nothing better than chroot"
    )
    return parser


def _checked(parse: Callable[[str], object]) -> Callable[[str], object]:
    """A type for argparse that shows the text of a ValueError."""

    def typed(text: str) -> object:
        try:
            return parse(text)
        except (OSError, ValueError) as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return typed


def _variable(text: str) -> Tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise ValueError(f"{text!r} is not NAME=VALUE; the environment of this machine is not handed on")
    return name, value


def read_mount(text: str) -> Mount:
    """Reads `HOST:PATH[:ro]`. Raises ValueError with the cure."""
    source, colon, rest = text.partition(":")
    target, _, mode = rest.partition(":")
    if not source or not colon or not target.startswith("/") or mode not in ("", "ro", "rw"):
        raise ValueError(f"{text!r} is not a valid mount; write HOST:/PATH or HOST:/PATH:ro")
    path = os.path.normpath(target)
    if path == "/" or any(path == other or path.startswith(f"{other}/") for other in _NOT_MOUNTED_OVER[1:]):
        raise ValueError(f"{text!r}: nothing can be mounted at {path}; choose another directory")
    return Mount(os.path.abspath(source), path, mode == "ro")


def _run(options: argparse.Namespace, args: Optional[Tuple[str, ...]]) -> int:
    # What follows is needed on Linux only.
    from scratch_image.run.command import command_of
    from scratch_image.run.container import Start
    from scratch_image.run.foreground import run_in_foreground
    from scratch_image.run.image import read_image
    from scratch_image.run.rungs import choose

    wanted: Sequence[Platform] = [options.platform] if options.platform else platforms(os.uname().machine)
    if not wanted:
        raise NotRun(f"this CPU ({os.uname().machine}) is not known; name a platform: --platform=linux/amd64")
    image = read_image(options.path, wanted)
    settings = Settings(
        args=args,
        entrypoint=tuple(options.entrypoint) if options.entrypoint else None,
        env=tuple(options.env),
        user=options.user,
        mounts=tuple(options.mount),
        read_only=options.read_only,
        restricted=options.restricted,
        own_network=options.network == "none",
        low_ports=options.low_ports,
        allow_weak=options.allow_weak,
    )
    terminal = os.isatty(0) and os.isatty(1)
    emulator_path = emulator(image.platform)
    rung = choose(command_of(image, settings, terminal).user, settings.own_network)
    _say(f"rung {rung}")
    for line in rung.differs:
        _say(f"  {line}")
    if settings.low_ports and not settings.own_network:
        _say("  ports below 1024 stay closed: low_ports opens them with the network `none` only")
    start = Start(image, settings, rung, terminal and not rung.is_chroot, emulator_path)
    code = run_in_foreground(start)
    if code:
        for line in image.explanations:
            _say(printable(line))
    return code


def _open_standard_descriptors() -> None:
    """Opens those of 0 to 2 that are closed: else files of ours would have these numbers, and be taken for the program's."""
    while True:
        descriptor = os.open(os.devnull, os.O_RDWR)
        if descriptor > 2:
            os.close(descriptor)
            return


def _say(text: str) -> None:
    try:
        # sys.stderr is None where it was closed.
        os.write(2, f"scratch-image: {text}\n".encode("utf-8", "backslashreplace"))
    except OSError:
        pass


if __name__ == "__main__":
    sys.exit(main())

"""The options `[scratch-image-run]`."""

from __future__ import annotations

from pants.option.option_types import BoolOption, StrListOption, StrOption
from pants.option.subsystem import Subsystem
from pants.util.strutil import softwrap

from scratch_image.targets.kinds import HelpFromDocstring


class ScratchImageRunSubsystem(HelpFromDocstring, Subsystem):
    """How `run` starts container images built FROM scratch, without a container engine.

    The program gets the environment of the image and of the option `env`, and nothing of this machine's.
    """

    options_scope = "scratch-image-run"
    name = "scratch_image_run"

    entrypoint = StrListOption(
        default=[],
        help='Replaces the entrypoint and `cmd` of the image, for example `["/app", "serve"]`.',
    )
    env = StrListOption(
        default=[],
        help='Environment variables, which override those of the image, for example `["LOG_LEVEL=debug"]`.',
    )
    user = StrOption(
        default=None,
        help="The user that the program runs as, in place of the image's: `uid`, `uid:gid`, or names of its `/etc/passwd`.",
    )
    mounts = StrListOption(
        default=[],
        help=softwrap(
            """
            Files and directories of this machine in the root of the program, for example `["testdata:/data",
            "config.toml:/etc/a:ro"]`. Paths of this machine are relative to the repository's root.
            """
        ),
    )
    platform = StrOption(
        default=None,
        help=softwrap(
            """
            The image of an index to run: `linux/arm64`. A program for another CPU needs qemu-user. Default: the platform of
            this machine.
            """
        ),
    )
    network = StrOption(
        default="host",
        help="The network of the program: `host`, this machine's, or `none`, which has a loopback interface only.",
    )
    read_only = BoolOption(
        default=False,
        help="Whether the root file system is read-only, as with `readOnlyRootFilesystem` of Kubernetes, except `volumes`.",
    )
    restricted = BoolOption(
        default=False,
        help=softwrap(
            """
            Whether the program runs as under the restricted profile of Kubernetes: not as root, with no capabilities, and
            without a way to gain any.
            """
        ),
    )
    low_ports = BoolOption(
        default=False,
        help='Whether all users may bind to ports below 1024, as in Docker. With `network = "none"` only.',
    )
    allow_weak = BoolOption(
        default=False,
        help="Whether a program may run as root where this machine allows nothing better than chroot to confine it.",
    )

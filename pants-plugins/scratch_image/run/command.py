"""What is started: a configuration and what a user asks for beside it, as `docker run` puts them together. Pure."""

from __future__ import annotations

from typing import Dict, NamedTuple, Optional, Sequence, Tuple

from scratch_image.oci.defaults import DEFAULT_PATH
from scratch_image.run.errors import NotRun
from scratch_image.run.image import GROUP, PASSWD, StoredImage
from scratch_image.run.users import User, resolve_user

_HOST_NAME_LENGTH = 12


class Mount(NamedTuple):
    """A file or directory of the host, at an absolute path of the image."""

    source: str
    target: str
    read_only: bool = False


class Settings(NamedTuple):
    """What is asked for beside the image. `args` are None for the image's `cmd`; `entrypoint` and `user` for its own. `env`
    takes precedence over the image's. `own_network` is a network with a loopback interface and nothing else, otherwise the
    host's. `low_ports` is Docker's setting: all users may bind to ports below 1024, in a network of its own. `allow_weak` is
    whether uid 0 may run where only chroot confines it."""

    args: Optional[Tuple[str, ...]] = None
    entrypoint: Optional[Tuple[str, ...]] = None
    env: Tuple[Tuple[str, str], ...] = ()
    user: Optional[str] = None
    mounts: Tuple[Mount, ...] = ()
    read_only: bool = False
    restricted: bool = False
    own_network: bool = False
    low_ports: bool = False
    allow_weak: bool = False


class Command(NamedTuple):
    """`argv` is never empty; `env` holds `NAME=value`."""

    argv: Tuple[str, ...]
    env: Tuple[str, ...]
    workdir: str
    user: User
    host_name: str

    @property
    def path(self) -> str:
        """The environment's PATH."""
        return next((text[5:] for text in self.env if text.startswith("PATH=")), DEFAULT_PATH)


def command_of(image: StoredImage, settings: Settings, terminal: bool) -> Command:
    """Raises NotRun where there is nothing to start, or nobody who may start it."""
    values = image.configuration.values
    entrypoint = values.get("entrypoint", ()) if settings.entrypoint is None else settings.entrypoint
    # As in Docker, another entrypoint drops the image's cmd.
    default = values.get("cmd", ()) if settings.entrypoint is None else ()
    argv = (*entrypoint, *(default if settings.args is None else settings.args))
    if not argv or not argv[0]:
        raise NotRun("the image names no program; write an entrypoint")
    text = (values.get("user") or ("",))[0] if settings.user is None else settings.user
    user = resolve_user(text, image.text(PASSWD), image.text(GROUP))
    if settings.restricted:
        _check_restricted(user, text)
    host_name = image.digest.partition(":")[2][:_HOST_NAME_LENGTH]
    workdir = (values.get("workdir") or ("/",))[0]
    return Command(argv, _environment(image.environment, settings, user, host_name, terminal), workdir, user, host_name)


def _environment(stored: Sequence[str], settings: Settings, user: User, host_name: str, terminal: bool) -> Tuple[str, ...]:
    """moby, CreateDaemonEnvironment, and runc, which adds HOME."""
    found: Dict[str, str] = {"PATH": DEFAULT_PATH, "HOSTNAME": host_name}
    if terminal:
        found["TERM"] = "xterm"
    found.update(text.partition("=")[::2] for text in stored)
    found.update(settings.env)
    found.setdefault("HOME", user.home)
    return tuple(f"{name}={value}" for name, value in found.items())


def _check_restricted(user: User, text: str) -> None:
    """Kubernetes, pkg/kubelet/kuberuntime, verifyRunAsNonRoot."""
    if user.named:
        raise NotRun(
            f"the user {text!r} is a name: with `runAsNonRoot`, Kubernetes starts numbers only; "
            f"write its number, {user.uid}:{user.gid}"
        )
    if user.uid == 0:
        raise NotRun("the user is root, which `runAsNonRoot` refuses; choose another, for example 65532:65532")

"""An operand of `diff` that is the name of an image in a registry: what differs is downloaded, and nothing else."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import Iterator, Optional

from scratch_image.compare.source import Source
from scratch_image.layout.limits import Limits
from scratch_image.layout.problems import Unreadable
from scratch_image.oci.reference import operand_reference
from scratch_image.oci.text import without_login


@contextmanager
def opened(name: str, limits: Limits, *, insecure: bool, timeout: float) -> Iterator[Source]:
    """The image with a name, read as publishing does, with the logins, proxies and authorities of the environment;
    `insecure` is by plain HTTP, and `timeout` is in seconds. Raises Unreadable, whose text has no secret."""
    try:
        reference = operand_reference(name)
    except ValueError as error:
        raise Unreadable(str(error)) from None
    try:
        # Here, so that a library that is missing is an error in words, and a path needs none.
        from scratch_image.registry import pull
        from scratch_image.registry.deadline import Deadline
        from scratch_image.registry.environment import Environment
        from scratch_image.registry.errors import RegistryError
        from scratch_image.registry.output import Output
        from scratch_image.registry.plan import RegistrySettings
    except ImportError as error:
        cure = "pip install 'scratch-image-pants-plugin[sign]'"
        raise Unreadable(f"the library for HTTP cannot be loaded: {error}; install it with: {cure}") from None
    environment = Environment.of_process()
    access = pull.Access(environment, Output(sys.stderr, environment.secrets).line, Deadline(timeout, cure=pull.CURE))
    settings: Optional[RegistrySettings] = RegistrySettings(reference.registry, insecure or None)
    try:
        with pull.opened(reference, access, limits, settings) as store:
            yield Source(without_login(name), store, None)
    except RegistryError as error:
        error.without_secrets(environment.secrets.blank)
        raise Unreadable(str(error)) from None

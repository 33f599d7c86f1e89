"""Reads an image in a registry, by its name: with the logins, proxies, authorities and guards of publishing."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass, field
from typing import Callable, Iterator, Optional

from scratch_image.layout.limits import Limits
from scratch_image.oci.reference import ImageReference
from scratch_image.registry.client import Client
from scratch_image.registry.credentials import Credentials
from scratch_image.registry.deadline import Deadline
from scratch_image.registry.endpoint import Endpoint
from scratch_image.registry.environment import Environment
from scratch_image.registry.plan import RegistrySettings
from scratch_image.registry.proxies import Proxies
from scratch_image.registry.remote_store import RemoteStore
from scratch_image.registry.repository import Repository
from scratch_image.registry.retry import Retry
from scratch_image.registry.transport import Timeouts, Transport

CURE = "try again, or raise --timeout"
"""What a command says whose deadline has passed."""


@dataclass(frozen=True)
class Access:
    """How registries are reached. `notice` takes what a person should read."""

    environment: Environment
    notice: Callable[[str], None]
    deadline: Deadline
    timeouts: Timeouts = field(default_factory=Timeouts)


def client_of(settings: RegistrySettings, access: Access, credentials: Credentials) -> Client:
    """A client of the registry that the settings are for. Raises RegistryError for settings that cannot be used."""
    deadline = access.deadline
    endpoint = Endpoint.of(settings, access.environment.secrets)
    proxies = Proxies.of(access.environment)
    transport = Transport(settings, endpoint, proxies, access.timeouts, lambda: deadline.remaining)
    return Client(endpoint, transport, credentials, Retry(deadline), access.notice)


@contextlib.contextmanager
def opened(
    name: ImageReference, access: Access, limits: Limits, settings: Optional[RegistrySettings] = None
) -> Iterator[RemoteStore]:
    """The image with a name, as a layout; `settings` are those of its registry, by default of its address alone. What is
    downloaded is deleted at the end. Raises RegistryError and Unreadable, also while it is read."""
    settings = settings or RegistrySettings(name.registry)
    client = client_of(settings, access, Credentials(access.environment, access.notice))
    repository = Repository(client, client.endpoint.repository(name.repository), "pull")
    with tempfile.TemporaryDirectory(prefix="scratch-image-") as directory:
        yield RemoteStore(repository, name.reference, directory, limits)

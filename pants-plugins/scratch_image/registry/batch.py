"""All pushes of a plan, side by side; those of one registry share connections, tokens and the locations of blobs."""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, Dict, List, Optional, Tuple

from scratch_image.registry import location_cache
from scratch_image.registry.blob_locations import BlobLocations
from scratch_image.registry.client import Client
from scratch_image.registry.credentials import Credentials
from scratch_image.registry.deadline import Deadline
from scratch_image.registry.endpoint import Endpoint
from scratch_image.registry.environment import Environment
from scratch_image.registry.errors import RegistryError
from scratch_image.registry.plan import PushPlan
from scratch_image.registry.progress import Progress
from scratch_image.registry.proxies import Proxies
from scratch_image.registry.push import ImagePush
from scratch_image.registry.referrers import Referrers
from scratch_image.registry.result import PushResult
from scratch_image.registry.retry import Retry
from scratch_image.registry.transport import Timeouts, Transport
from scratch_image.registry.workers import Task, Workers, for_each_in_turn

if TYPE_CHECKING:
    from scratch_image.registry.signer import Signer

# Registries limit how much a client may send at a time.
_UPLOADS = 4
_IMAGES = 4
_POLL_SECONDS = 0.1
# For threads to cancel their uploads when the run ends.
_GRACE_SECONDS = 3.0


class Batch:
    """One run of a plan."""

    def __init__(
        self,
        plan: PushPlan,
        environment: Environment,
        progress: Progress,
        deadline: Deadline,
        timeouts: Timeouts = Timeouts(),
    ) -> None:
        self._plan = plan
        self._environment = environment
        self._progress = progress
        self._deadline = deadline
        self._timeouts = timeouts
        self._credentials = Credentials(environment, progress.notice)
        self._candidates = location_cache.read(plan.known) if plan.known else {}
        self._known_lists = location_cache.read_lists(plan.known) if plan.known else {}
        self._signer: Optional[Signer] = None
        self._uploads = Workers(_UPLOADS)
        self._images = Workers(_IMAGES)
        self._registries: Dict[str, Tuple[Client, BlobLocations, Referrers]] = {}
        self._lock = threading.Lock()

    def run(self) -> Tuple[PushResult, ...]:
        """The result of each push, in the plan's order. Returns at the deadline, and soon after an interrupt of it or a
        KeyboardInterrupt, whatever hangs."""
        results = [PushResult(push) for push in self._plan.pushes]
        try:
            # A key that cannot sign is an error before anything is asked or sent.
            self._signer = self._find_signer()
        except RegistryError as error:
            error.without_secrets(self._environment.secrets.blank)
            for result in results:
                result.error = error
            return tuple(results)
        tasks = [self._images.start(functools.partial(self._push, result)) for result in results]
        self._wait(tasks)
        for result, task in zip(results, tasks):
            if task.error:
                # A mistake of this program.
                raise task.error
            if not task.done.is_set():
                result.error = self._deadline.error
        return tuple(results)

    @property
    def locations(self) -> Dict[str, location_cache.Locations]:
        """The locations of blobs for later runs, by registry."""
        with self._lock:
            return {address: locations.all for address, (_, locations, _) in self._registries.items()}

    @property
    def lists(self) -> Dict[str, bool]:
        """Whether registries have the API for referrers, as far as the run has learned it, for later runs."""
        with self._lock:
            known = {address: referrers.has_api for address, (_, _, referrers) in self._registries.items()}
        return {address: has_api for address, has_api in known.items() if has_api is not None}

    def _wait(self, tasks: List[Task]) -> None:
        deadline = self._deadline
        grace_end: Optional[float] = None
        while True:
            try:
                waiting = [task for task in tasks if not task.done.is_set()]
                if not waiting:
                    return
                waiting[0].done.wait(_POLL_SECONDS)
                self._progress.tick()
                if grace_end is None and (deadline.interrupted or not deadline.remaining):
                    grace_end = deadline.clock.monotonic() + _GRACE_SECONDS
                    self._abort()
                if grace_end is not None and deadline.clock.monotonic() > grace_end:
                    return
            except KeyboardInterrupt:
                if deadline.interrupted:
                    raise
                deadline.interrupt()

    def _push(self, result: PushResult) -> None:
        try:
            self._deadline.check()
            client, locations, referrers = self._registry(result.push.registry)
            self._progress.begin(result.label)
            # The blobs of few images are sent side by side; many images are side by side themselves.
            for_each = self._uploads.for_each if len(self._plan.pushes) < _IMAGES else for_each_in_turn
            sending = functools.partial(self._progress.add, result.label)
            image = ImagePush(result, client, locations, sending, for_each, referrers, self._signer)
            result.state.started = True
            if self._plan.dry_run:
                image.compare(check_all=self._plan.check_all)
            else:
                image.run(read_back=self._plan.read_back, check_all=self._plan.check_all)
        except RegistryError as error:
            error.without_secrets(self._environment.secrets.blank)
            result.error = error
        self._progress.end(result.label, result.summary())

    def _find_signer(self) -> Optional[Signer]:
        if not (self._plan.signing_key or self._plan.signing_command):
            return None
        try:
            from scratch_image.registry.signer import signer
        except ImportError as error:
            raise RegistryError(f"the library that signs cannot be loaded: {error}") from None
        return signer(self._plan, self._environment, self._deadline, self._progress.notice)

    def _registry(self, address: str) -> Tuple[Client, BlobLocations, Referrers]:
        """What all pushes to a registry share. Raises RegistryError for settings that cannot be used."""
        with self._lock:
            if address not in self._registries:
                deadline = self._deadline
                settings = self._plan.settings(address)
                endpoint = Endpoint.of(settings, self._environment.secrets)
                proxies = Proxies.of(self._environment)
                transport = Transport(settings, endpoint, proxies, self._timeouts, lambda: deadline.remaining)
                client = Client(endpoint, transport, self._credentials, Retry(deadline), self._progress.notice)
                locations = BlobLocations(deadline, self._candidates.get(address, {}))
                self._registries[address] = client, locations, Referrers(self._known_lists.get(address))
            return self._registries[address]

    def _abort(self) -> None:
        with self._lock:
            clients = [client for client, _, _ in self._registries.values()]
        for client in clients:
            client.abort()

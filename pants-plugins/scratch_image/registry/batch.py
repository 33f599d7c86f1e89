"""All images of a plan: side by side, with connections, tokens and what was seen shared between those of one registry."""

from __future__ import annotations

import functools
import threading
from dataclasses import dataclass, field
from typing import Callable, Dict, List, Optional, Tuple

from scratch_image.registry import location_cache
from scratch_image.registry.blob_locations import Whereabouts
from scratch_image.registry.client import Session
from scratch_image.registry.credentials import Credentials
from scratch_image.registry.deadline import Stop
from scratch_image.registry.endpoint import Endpoint
from scratch_image.registry.environment import Environment
from scratch_image.registry.errors import Interrupted, RegistryError
from scratch_image.registry.plan import Push, PushPlan
from scratch_image.registry.progress import Progress, size
from scratch_image.registry.proxies import Proxies
from scratch_image.registry.push import ImagePush
from scratch_image.registry.retry import Chance, Retry
from scratch_image.registry.transport import Timeouts, Transport
from scratch_image.registry.upload import Way
from scratch_image.registry.workers import Workers, one_after_another

# Registries limit how much one client may send at a time.
_UPLOADS = 4
_IMAGES = 4
_TICK = 0.1
# Seconds that those at work get to say goodbye to the registry.
_GRACE = 3.0


@dataclass
class Outcome:
    """What became of a push. `error` is None where it succeeded, and `reached` says how far it came otherwise;
    `published` are the references that are right; `lines` are a dry run's."""

    push: Push
    error: Optional[RegistryError] = None
    reached: str = ""
    published: Tuple[str, ...] = ()
    lines: List[str] = field(default_factory=list)
    ended: bool = False


@dataclass(frozen=True)
class Tools:
    """What a run takes from outside; tests give others."""

    environment: Environment
    progress: Progress
    stop: Stop
    timeouts: Timeouts = field(default_factory=Timeouts)
    chance: Chance = field(default_factory=Chance)


class Batch:
    """One run of a plan."""

    def __init__(self, plan: PushPlan, tools: Tools) -> None:
        self._plan = plan
        self._tools = tools
        self._credentials = Credentials(tools.environment)
        self._remembered = location_cache.read(plan.known) if plan.known else {}
        self._uploads = Workers(_UPLOADS, tools.stop)
        self._images = Workers(_IMAGES, tools.stop)
        self._registries: Dict[str, Tuple[Session, Whereabouts]] = {}
        self._noticed: List[str] = []
        self._lock = threading.Lock()
        self._pushes: Dict[int, ImagePush] = {}

    def run(self) -> Tuple[Outcome, ...]:
        """One outcome for each push, in the plan's order. Comes back at the deadline, and soon after `stop.interrupt` or a
        KeyboardInterrupt, whatever hangs."""
        outcomes = [Outcome(push) for push in self._plan.pushes]
        tasks = [self._images.start(self._task(number, outcome)) for number, outcome in enumerate(outcomes)]
        stop = self._tools.stop
        grace: Optional[float] = None
        while True:
            try:
                waiting = [task for task in tasks if not task.done.is_set()]
                if not waiting:
                    break
                waiting[0].done.wait(_TICK)
                self._tools.progress.tick()
                if grace is None and (stop.interrupted or not stop.remaining):
                    grace = stop.clock() + _GRACE
                    self._abort()
                if grace is not None and stop.clock() > grace:
                    break
            except KeyboardInterrupt:
                if stop.interrupted:
                    raise
                stop.interrupt()
        for number, (outcome, task) in enumerate(zip(outcomes, tasks)):
            if task.error:
                # Not the registry's fault, but ours.
                raise task.error
            if not outcome.ended:
                outcome.error = self._over()
                self._reached(number, outcome)
        return tuple(outcomes)

    @property
    def known(self) -> Dict[str, Dict[str, Tuple[str, ...]]]:
        """Registry → digest → repositories, to be remembered."""
        with self._lock:
            return {address: whereabouts.known for address, (_, whereabouts) in self._registries.items()}

    def _task(self, number: int, outcome: Outcome) -> Callable[[], None]:
        def call() -> None:
            try:
                self._one(number, outcome)
            except RegistryError as error:
                outcome.error = error
            self._reached(number, outcome)
            outcome.ended = True
            self._tools.progress.end(_label(outcome.push), self._line(number, outcome))

        return call

    def _one(self, number: int, outcome: Outcome) -> None:
        push = outcome.push
        self._tools.stop.check()
        session, whereabouts = self._registry(push.registry)
        self._tools.progress.begin(_label(push))
        # Many images keep the registry busy by themselves; the blobs of few are sent side by side.
        for_each = self._uploads.for_each if len(self._plan.pushes) < _IMAGES else one_after_another
        sending = functools.partial(self._tools.progress.sending, _label(push))
        image = ImagePush(push, session, whereabouts, sending, for_each)
        self._pushes[number] = image
        if self._plan.dry_run:
            outcome.lines = image.plan()
        else:
            image.run(self._plan.read_back)

    def _reached(self, number: int, outcome: Outcome) -> None:
        if number not in self._pushes:
            outcome.reached = "nothing was begun"
            return
        reached = self._pushes[number].reached
        outcome.reached = str(reached)
        if not self._plan.dry_run:
            outcome.published = outcome.push.published(reached.tags, whole=outcome.error is None)

    def _registry(self, address: str) -> Tuple[Session, Whereabouts]:
        """Shared by all pushes to a registry. Raises RegistryError where its settings can not be used."""
        with self._lock:
            if address not in self._registries:
                tools = self._tools
                settings = self._plan.settings(address)
                endpoint = Endpoint.of(settings)
                transport = Transport(settings, Proxies.of(tools.environment), tools.timeouts, lambda: tools.stop.remaining)
                session = Session(endpoint, transport, self._credentials, Retry(tools.stop, tools.chance), self._notice)
                self._registries[address] = session, Whereabouts(tools.stop, self._remembered.get(address, {}))
            return self._registries[address]

    def _notice(self, text: str) -> None:
        with self._lock:
            if text in self._noticed:
                return
            self._noticed.append(text)
        self._tools.progress.say(text)

    def _abort(self) -> None:
        with self._lock:
            sessions = [session for session, _ in self._registries.values()]
        for session in sessions:
            session.abort()

    def _over(self) -> RegistryError:
        try:
            self._tools.stop.check()
        except RegistryError as error:
            return error
        return Interrupted("interrupted")

    def _line(self, number: int, outcome: Outcome) -> str:
        where = _label(outcome.push)
        if outcome.error:
            return f"{where}: failed"
        if self._plan.dry_run:
            return f"{where}: looked at"
        reached = self._pushes[number].reached
        sent, mounted = reached.blobs[Way.SENT], reached.blobs[Way.MOUNTED]
        if not reached.manifests and not sent:
            return f"{where}: {outcome.push.root}, was there"
        parts = [f"{size(sum(blob.size for blob in sent))} sent"]
        if mounted:
            parts.append(f"{size(sum(blob.size for blob in mounted))} mounted")
        return f"{where}: {outcome.push.root}, {', '.join(parts)}"


def _label(push: Push) -> str:
    return f"{push.name} → {push.registry}/{push.repository}"

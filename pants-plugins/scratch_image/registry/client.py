"""Asks one registry: identifies us, follows redirects safely, tries again where that helps."""

from __future__ import annotations

from typing import Callable, Mapping, Optional, Tuple

from scratch_image.registry import responses, retry
from scratch_image.registry.authorizer import Authority
from scratch_image.registry.credentials import Credentials
from scratch_image.registry.endpoint import Endpoint, Origin
from scratch_image.registry.errors import Refused, RegistryError, Transient
from scratch_image.registry.retry import Retry
from scratch_image.registry.transport import Answer, Body, Transport

_REDIRECTS = 5
_FAREWELL = 2.0
_NOTHING: Mapping[str, str] = {}


class Session:
    """One registry in one run; all threads share it. `notice` is called with what a person should read once."""

    def __init__(
        self,
        endpoint: Endpoint,
        transport: Transport,
        credentials: Credentials,
        retries: Retry,
        notice: Callable[[str], None],
    ) -> None:
        self.endpoint = endpoint
        self.stop = retries.stop
        self.retries = retries
        self._transport = transport
        self._notice = notice
        self._authority = Authority(endpoint, credentials, self._ask_token_server, self.stop.clock)

    def ask(
        self,
        what: str,
        method: str,
        url: str,
        repository: str,
        headers: Mapping[str, str] = _NOTHING,
        body: Optional[Body] = None,
        attempts: int = retry.ATTEMPTS,
        pull_from: Tuple[str, ...] = (),
    ) -> Answer:
        """The answer, whatever its status but 401, redirects, and those after which it was asked again in vain.

        `what` says in messages what is done; `pull_from` names repositories that the request reads as well. Raises
        Transient after `attempts`, Refused after a second 401, and Unsafe, Untrusted, Ended as others do.
        """
        self._authority.prepare(self._ping)
        scopes = (f"repository:{repository}:pull,push", *(f"repository:{other}:pull" for other in pull_from))

        def attempt() -> Answer:
            return self._check(what, self._authorised(what, method, url, repository, scopes, headers, body))

        return self.retries.call(attempt, attempts)

    def refused(self, what: str, answer: Answer, repository: str) -> Refused:
        """The error for an answer that ends the work."""
        notes = self._authority.notes(repository) if answer.status in (401, 403) else ()
        return responses.refused(what, answer, notes)

    def farewell(self, url: str, repository: str) -> None:
        """`DELETE`s a session of an upload that is given up; whether it works does not matter, nor may it take long."""
        try:
            same = Origin.of(url) == self.endpoint.origin
            header = self._authority.header(repository, (f"repository:{repository}:pull,push",)) if same else None
            self._transport.exchange("DELETE", url, {"Authorization": header} if header else {}, None, _FAREWELL)
        except RegistryError:
            pass

    def abort(self) -> None:
        self._transport.abort()

    def _authorised(
        self,
        what: str,
        method: str,
        url: str,
        repository: str,
        scopes: Tuple[str, ...],
        headers: Mapping[str, str],
        body: Optional[Body],
    ) -> Answer:
        """One request; after a 401 once more with what the registry then asked for."""
        sent = self._authority.header(repository, scopes)
        at = self.stop.clock()
        answer = self._followed(what, method, url, headers, body, sent)
        if answer.status != 401:
            return answer
        # What storage elsewhere refuses says nothing about who we are here.
        hopeful = False
        if Origin.of(answer.url) == self.endpoint.origin:
            hopeful, demanded = self._authority.again(answer, sent, repository)
        if hopeful:
            sent = self._authority.header(repository, tuple(dict.fromkeys((*demanded, *scopes))), at)
            answer = self._followed(what, method, url, headers, body, sent)
        if answer.status == 401:
            raise self.refused(what, answer, repository)
        return answer

    def _followed(
        self,
        what: str,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: Optional[Body],
        authorization: Optional[str],
    ) -> Answer:
        """RFC 9110, section 15.4: 307 and 308 keep the method; the older ones are followed for GET and HEAD only.

        distribution-spec 1.1.1 and RFC 9110, section 11.4: our authorization is for the registry's own origin alone.
        """
        for _ in range(_REDIRECTS):
            own = Origin.of(url) == self.endpoint.origin
            sent = {**headers, "Authorization": authorization} if own and authorization else headers
            answer = self._transport.exchange(method, url, sent, body)
            for warning in responses.warnings(answer):
                self._notice(f"{self.endpoint.address} warns: {warning}")
            kept = answer.status in (307, 308)
            older = answer.status in (301, 302, 303) and method in ("GET", "HEAD")
            if not (kept or older) or not answer.header("location"):
                return answer
            url = self.endpoint.follow(url, answer.header("location"), what)
        raise RegistryError(
            f"{what}: {self.endpoint.address} redirects more than {_REDIRECTS} times", "see how it is set up"
        )

    def _check(self, what: str, answer: Answer) -> Answer:
        if answer.status in retry.STATUSES:
            raise responses.transient(what, answer, self.retries.after(answer.header("retry-after")))
        return answer

    def _ping(self) -> Answer:
        """distribution-spec 1.1.1, "Determining Support"."""
        what = "asking whether this is a registry"

        def attempt() -> Answer:
            return self._check(what, self._followed(what, "GET", self.endpoint.url(""), {}, None, None))

        return self.retries.call(attempt)

    def _ask_token_server(
        self, what: str, method: str, url: str, headers: Mapping[str, str], body: Optional[Body]
    ) -> Answer:
        """Follows no redirect: the request holds a password or a refresh token."""
        self.endpoint.allow(url, "our login")

        def attempt() -> Answer:
            return self._check(what, self._transport.exchange(method, url, headers, body))

        what = f"{what} at {url.partition('?')[0]}"
        try:
            answer = self.retries.call(attempt)
        except Transient as error:
            # It was tried often enough: whoever needs the token is not to try again.
            raise RegistryError(error.text, error.cure) from None
        if answer.status == 200 or (method == "POST" and answer.status in (404, 405)):
            return answer
        raise responses.refused(what, answer)

"""A client of one registry: authorizes requests, follows redirects safely, and repeats what may succeed."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Callable

from scratch_image.registry import responses
from scratch_image.registry.authorizer import Authorizer
from scratch_image.registry.credentials import Credentials
from scratch_image.registry.endpoint import Endpoint, Origin
from scratch_image.registry.errors import Misdirected, ProtocolError, RegistryError, Transient, Unreachable, Untrusted
from scratch_image.registry.request import Request, Response
from scratch_image.registry.retry import STATUSES, Retry
from scratch_image.registry.transport import Transport

_REDIRECTS = 5
_CANCEL_TIMEOUT = 2.0


class Client:
    """One registry in one run, shared by all threads. `notice` takes what a person should read once."""

    def __init__(
        self, endpoint: Endpoint, transport: Transport, credentials: Credentials, retry: Retry, notice: Callable[[str], None]
    ) -> None:
        self.endpoint = endpoint
        self.retry = retry
        self.deadline = retry.deadline
        self._transport = transport
        self._secrets = endpoint.secrets
        self._notice = notice
        self._authorizer = Authorizer(endpoint, credentials, self._send_to_token_server, self.deadline.clock.monotonic)

    def send(self, request: Request) -> Response:
        """The response, whatever its status but 401, redirects and those that are retried. Raises Transient after the last
        attempt, Refused after a second 401, and other kinds of RegistryError."""
        self._authorizer.prepare(self._ping)
        return self._retried(request, self._authorized)

    def refused(self, response: Response) -> RegistryError:
        """The error for a final response: Misdirected for a 401 of a place elsewhere, which gets no login; else Refused."""
        if response.request.elsewhere:
            error = responses.refused(response, self._secrets)
            return Misdirected(error.text) if response.status == 401 else error
        notes = self._authorizer.notes(response.request.repository) if response.status in (401, 403) else ()
        return responses.refused(response, self._secrets, notes)

    def transient(self, response: Response) -> Transient:
        """The error for a response after which another attempt may succeed."""
        return responses.transient(response, self._secrets, self.retry.after(response.header("retry-after")))

    def cancel_upload(self, request: Request) -> None:
        """Send the `DELETE` of an upload session once, and briefly. Its success does not matter."""
        with contextlib.suppress(RegistryError):
            if self.endpoint.owns(request.url):
                request = self._authorizer.authorize(request)
            self._transport.send(request, _CANCEL_TIMEOUT)

    def abort(self) -> None:
        """End every connection, so that no thread waits for the registry."""
        self._transport.abort()

    def _retried(self, request: Request, send: Callable[[Request], Response]) -> Response:
        def attempt() -> Response:
            response = send(request)
            if response.status in STATUSES:
                raise self.transient(response)
            return response

        return self.retry.call(attempt, request.attempts)

    def _authorized(self, request: Request) -> Response:
        """One exchange; after a 401 a second one with what the registry demands then."""
        sent = self._authorizer.authorize(request)
        since = self.deadline.clock.monotonic()
        response = self._followed(sent)
        # A 401 of storage elsewhere says nothing about our authorization here.
        if response.status == 401 and self.endpoint.owns(response.request.url):
            again = self._authorizer.reauthorize(sent, response, since)
            response = self._followed(again) if again else response
        if response.status == 401:
            raise self.refused(response)
        return response

    def _followed(self, request: Request) -> Response:
        """RFC 9110, section 15.4: 307 and 308 keep the method; the older redirects are followed for GET and HEAD only.

        distribution-spec 1.1.1 and RFC 9110, section 11.4: the authorization is for the registry's own origin alone.
        """
        url = request.url
        for _ in range(_REDIRECTS):
            response = self._at(replace(request, url=url))
            for warning in responses.warnings(response, self._secrets):
                self._notice(f"{self.endpoint.address} warns: {warning}")
            followed = response.status in (307, 308)
            if request.method in ("GET", "HEAD"):
                followed = followed or response.status in (301, 302, 303)
            if not followed or not response.header("location"):
                return response
            url = self.endpoint.follow(url, response.header("location"), request.action)
        raise ProtocolError(f"{request.action}: {self.endpoint.address} redirects more than {_REDIRECTS} times")

    def _at(self, request: Request) -> Response:
        """The response of the registry, or of another place where nobody answers: then its name is in Misdirected, at once.
        A registry that restarts is waited for; a `Location` that is wrong stays wrong."""
        if self.endpoint.owns(request.url):
            return self._transport.send(request)
        elsewhere = self._secrets.foreign(str(Origin.of(request.url)))
        return self._elsewhere(replace(request, authorization="", elsewhere=elsewhere))

    def _elsewhere(self, request: Request) -> Response:
        try:
            return self._transport.send(request)
        except (Unreachable, Untrusted) as error:
            # At the end of the run there is no time to connect.
            self.deadline.check()
            cure = error.cure if isinstance(error, Untrusted) else ""
            text = (
                f"{request.action}: {self.endpoint.address} directs us to another place: {self._secrets.foreign(error.text)}"
            )
            raise Misdirected(text, cure) from None

    def _ping(self) -> Response:
        """distribution-spec 1.1.1, "Determining Support"."""
        request = Request("checking that this is a registry", "GET", self.endpoint.url(""))
        return self._retried(request, self._followed)

    def _send_to_token_server(self, request: Request) -> Response:
        """Without redirects: the request holds a password or a refresh token."""
        self.endpoint.check_target(request.url, "the login")
        request = replace(request, action=f"{request.action} at {self._secrets.foreign(request.url.partition('?')[0])}")
        try:
            response = self._retried(request, self._transport.send if self.endpoint.owns(request.url) else self._elsewhere)
        except Transient as error:
            # All attempts are used: the request that needs the token must not repeat them.
            raise RegistryError(error.text, error.cure) from None
        if response.status == 200 or (request.method == "POST" and response.status in (404, 405)):
            return response
        raise responses.refused(response, self._secrets)

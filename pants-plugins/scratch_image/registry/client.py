"""A client of one registry: authorizes requests, follows redirects safely, and repeats what may succeed."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Callable

from scratch_image.registry import responses
from scratch_image.registry.authorizer import Authorizer
from scratch_image.registry.credentials import Credentials
from scratch_image.registry.endpoint import Endpoint
from scratch_image.registry.errors import ProtocolError, Refused, RegistryError, Transient
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
        self._notice = notice
        self._authorizer = Authorizer(endpoint, credentials, self._send_to_token_server, self.deadline.clock.monotonic)

    def send(self, request: Request) -> Response:
        """The response, whatever its status but 401, redirects and those that are retried. Raises Transient after the last
        attempt, Refused after a second 401, and other kinds of RegistryError."""
        self._authorizer.prepare(self._ping)
        return self._retried(request, self._authorized)

    def refused(self, response: Response) -> Refused:
        """The error for a final response."""
        notes = self._authorizer.notes(response.request.repository) if response.status in (401, 403) else ()
        return responses.refused(response, notes)

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
                raise responses.transient(response, self.retry.after(response.header("retry-after")))
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
            authorization = request.authorization if self.endpoint.owns(url) else ""
            response = self._transport.send(replace(request, url=url, authorization=authorization))
            for warning in responses.warnings(response):
                self._notice(f"{self.endpoint.address} warns: {warning}")
            followed = response.status in (307, 308)
            if request.method in ("GET", "HEAD"):
                followed = followed or response.status in (301, 302, 303)
            if not followed or not response.header("location"):
                return response
            url = self.endpoint.follow(url, response.header("location"), request.action)
        raise ProtocolError(f"{request.action}: {self.endpoint.address} redirects more than {_REDIRECTS} times")

    def _ping(self) -> Response:
        """distribution-spec 1.1.1, "Determining Support"."""
        request = Request("checking that this is a registry", "GET", self.endpoint.url(""))
        return self._retried(request, self._followed)

    def _send_to_token_server(self, request: Request) -> Response:
        """Without redirects: the request holds a password or a refresh token."""
        self.endpoint.check_target(request.url, "the login")
        request = replace(request, action=f"{request.action} at {request.url.partition('?')[0]}")
        try:
            response = self._retried(request, self._transport.send)
        except Transient as error:
            # All attempts are used: the request that needs the token must not repeat them.
            raise RegistryError(error.text, error.cure) from None
        if response.status == 200 or (request.method == "POST" and response.status in (404, 405)):
            return response
        raise responses.refused(response)

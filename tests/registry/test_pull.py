"""An image in a registry is read as a layout: verified, bounded and resumed, with the logins and guards of publishing."""

from __future__ import annotations

import pytest

from scratch_image.registry.errors import RegistryError
from scratch_image.registry.transport import Timeouts
from tests.support.layouts import layout, program_archive
from tests.support.pulls import everything, opened, published
from tests.support.pushes import LOGIN, docker_config
from tests.support.registry_faults import Changed, ExpiredTokens, ResetAfter, ResetBefore, Stall, Status, Truncated
from tests.support.registry_server import RegistryServer
from tests.support.signing import for_two_platforms

LARGE = layout((program_archive(bytes(range(256)) * 8_000),), compression="none")


def blobs_of(files):
    return {path: content for path, content in files.items() if path.startswith("blobs/")}


@pytest.mark.parametrize("auth", ["none", "basic", "token"])
@pytest.mark.parametrize("files", [layout(), layout(compression="zstd"), LARGE, for_two_platforms()])
def test_all_of_an_image(auth, files, tmp_path):
    with RegistryServer(auth) as server:
        push, environment = published(server, tmp_path, files)
        with opened(server, environment) as store:
            assert everything(store) == blobs_of(files)
            assert store.root.digest == push.root
        assert not [request for request in server.log if request.method not in ("GET", "HEAD")]
        scopes = [scope for request in server.log for scope in request.query.get("scope", ())]
        assert set(scopes) <= {"repository:team/a:pull"}
        with opened(server, environment, str(push.root)) as store:
            assert store.root.digest == push.root


def test_only_what_is_asked_for_is_downloaded_and_once(tmp_path):
    with RegistryServer() as server:
        published(server, tmp_path, for_two_platforms())
        with opened(server) as store:
            assert server.steps() == ["ping", "GET tag"]
            assert everything(store) == everything(store)
        assert server.steps()[2:].count("GET manifest") == 2
        assert server.steps().count("GET blob") == len(blobs_of(for_two_platforms())) - 3


FAULTS = {
    "503": lambda: Status(503),
    "429": lambda: Status(429, headers={"Retry-After": "3"}),
    "a reset before": ResetBefore,
    "a reset after": ResetAfter,
    "a truncated answer": Truncated,
    "tokens that have expired": ExpiredTokens,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault_at_each_request(fault, tmp_path):
    with RegistryServer("token") as server:
        _, environment = published(server, tmp_path, for_two_platforms())
        with opened(server, environment) as store:
            everything(store)
        number = len(server.log)
        for at in range(number):
            del server.log[:]
            server.tokens.clear()
            server.fail(at, FAULTS[fault]())
            with opened(server, environment) as store:
                assert everything(store) == blobs_of(for_two_platforms()), at


class Broken(Changed):
    """The connection breaks after so many bytes of a blob."""

    def __init__(self, kept):
        super().__init__(self.cut)
        self.kept = kept

    def cut(self, server, request, response):
        if request.step == "GET blob" and len(response.body) > self.kept:
            response.missing = len(response.body) - self.kept
            response.body = response.body[: self.kept]


def test_a_registry_that_refuses_to_send_a_part(tmp_path):
    with RegistryServer() as server:
        published(server, tmp_path, LARGE)
        breaks = []

        def choose(request):
            if "range" in request.headers:
                return Status(416)
            breaks.append(request.step)
            return Broken(700_000 if breaks.count("GET blob") == 1 else 1 << 30)

        server.choose_fault = choose
        with opened(server) as store:
            assert everything(store) == blobs_of(LARGE)


@pytest.mark.parametrize("ranges", [True, False])
def test_a_download_that_breaks_again_and_again_goes_on(ranges, tmp_path):
    with RegistryServer() as server:
        published(server, tmp_path, LARGE)
        server.ranges = ranges
        breaks = []
        kept = 700_000

        def choose(request):
            breaks.append(request)
            return Broken(kept if ranges or len(breaks) < 6 else 1 << 30)

        server.choose_fault = choose
        with opened(server) as store:
            assert everything(store) == blobs_of(LARGE)
        asked = [request.headers.get("range") for request in server.log if request.step == "GET blob"]
        assert asked[:2] == [None, f"bytes={kept}-"] or asked[:3] == [None, None, f"bytes={kept}-"]


def test_a_registry_that_never_sends_all_of_a_blob(tmp_path):
    with RegistryServer() as server:
        published(server, tmp_path, layout())
        server.fail_step("GET blob", Broken(0))
        with opened(server) as store, pytest.raises(RegistryError, match=r"closed the connection|sent a truncated response"):
            everything(store)


def test_a_registry_that_does_not_go_on(tmp_path):
    with RegistryServer() as server:
        published(server, tmp_path, layout())
        server.fail_step("GET blob", Stall())
        with (
            opened(server, timeouts=Timeouts(0.2, 0.2)) as store,
            pytest.raises(RegistryError, match="did not answer in time"),
        ):
            everything(store)


def to_storage(server, request, response):
    """As registries do that keep blobs elsewhere."""
    if request.host == "registry" and response.status in (200, 206):
        response.status, response.body = 307, b""
        response.headers["Location"] = server.url("storage") + request.path


def test_storage_elsewhere_gets_no_login(tmp_path):
    with RegistryServer("basic") as server:
        _, environment = published(server, tmp_path, for_two_platforms())
        server.fail_step("GET blob", Changed(to_storage))
        with opened(server, environment) as store:
            assert everything(store) == blobs_of(for_two_platforms())
        elsewhere = [request for request in server.log if request.host == "storage"]
        assert elsewhere and not any("authorization" in request.headers for request in elsewhere)
        assert not any(LOGIN[1] in str(request.headers) for request in elsewhere)


def test_what_may_not_be_read(tmp_path):
    with RegistryServer("basic") as server:
        published(server, tmp_path, layout())
        with pytest.raises(RegistryError) as caught, opened(server, {}):
            pass
        assert "no login for" in str(caught.value) and str(caught.value).endswith("`docker login` or `podman login`")
        environment = docker_config(tmp_path / "docker", server.address())
        with pytest.raises(RegistryError) as caught, opened(server, environment, "2"):
            pass
        assert (
            str(caught.value)
            == f"{server.address()}/team/a has no image 2\n  fix: correct the name or the tag, or publish the image"
        )


def test_a_deadline(tmp_path):
    with RegistryServer() as server:
        published(server, tmp_path, layout())
        server.fail_step("GET tag", Status(503, headers={"Retry-After": "600"}))
        with pytest.raises(RegistryError, match="fix: try again, or raise --timeout"), opened(server):
            pass

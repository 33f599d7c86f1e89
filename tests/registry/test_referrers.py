"""What is attached to an image gets to the registry before its tags: signatures and documents, listed by the registry's API
or in a tag, where what others have attached stays."""

from __future__ import annotations

import json

import pytest

from scratch_image.oci.digest import Digest
from scratch_image.oci.referrer import referrer
from scratch_image.oci.spec import MEDIA_TYPE_INDEX, Descriptor
from scratch_image.registry.plan import PushPlan
from tests.support.layouts import layout
from tests.support.pushes import push_of, run
from tests.support.registry_faults import Changed
from tests.support.registry_server import RegistryServer
from tests.support.signing import OTHER, PRIVATE, for_two_platforms, write_keys

SBOM, SPDX = "application/vnd.cyclonedx+json", "application/spdx+json"
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"


@pytest.fixture(params=["API", "tag", "tag and ETag"])
def server(request):
    with RegistryServer() as server:
        server.referrers_api = request.param == "API"
        server.etags = request.param == "tag and ETag"
        yield server


def subjects(files):
    (root,) = json.loads(files["index.json"])["manifests"]
    below = json.loads(files[Digest.parse(root["digest"]).blob_path]).get("manifests", [])
    return [Descriptor(each["mediaType"], Digest.parse(each["digest"]), each["size"]) for each in (*below, root)]


def with_sboms(files):
    """The layout with an SBOM in two formats for each manifest."""
    documents = {}
    for subject in subjects(files):
        for media_type in (SPDX, SBOM):
            documents.update(referrer(subject, media_type, json.dumps({"of": str(subject.digest)}).encode()).documents)
    return {**files, **documents}


def published(server, directory, files, key=None, tags=("1",), **options):
    push = push_of(server, directory, files, tags=tags)
    given = {"signing_key": write_keys(directory, key)["private"]} if key else {}
    known = str(directory / "known.json")
    return push, run(PushPlan((push,), known=known, **{**given, **options}))


def types_of(server, subject, number=None):
    manifests = server.manifests["team/a"]
    listed = server.listed("team/a", str(subject))[:number]
    return [json.loads(manifests[digest][1])["artifactType"] for digest in listed]


@pytest.mark.parametrize("files", [layout(), for_two_platforms()], ids=["one", "index"])
def test_every_manifest_gets_its_documents_and_signatures_before_the_tag(files, server, tmp_path):
    _, ran = published(server, tmp_path, with_sboms(files), PRIVATE["P-256"])
    assert ran.error == "" and server.violations == [] and server.incomplete() == []
    for subject in map(str, (each.digest for each in subjects(files))):
        assert sorted(types_of(server, subject)) == sorted([SBOM, SPDX, BUNDLE, BUNDLE, BUNDLE])
        # A scanner takes the first that it can read.
        assert server.referrers_api or set(types_of(server, subject)[:2]) == {SBOM, SPDX}
    steps = [(request.method, request.path.rpartition("/")[2]) for request in server.log if "/manifests/" in request.path]
    assert steps[-2:] == [("PUT", "1"), ("HEAD", "1")] and steps.count(("PUT", "1")) == 1
    assert f"{5 * len(subjects(files))} attached" in ran.said
    images = [request for request in server.log if request.step == "PUT manifest" and b'"subject"' not in request.body]
    first = next(request for request in server.log if b'"subject"' in request.body)
    assert all(image.number < first.number for image in images)


@pytest.mark.parametrize("files", [layout(), for_two_platforms()], ids=["one", "index"])
def test_an_unchanged_signed_image_costs_one_request_a_manifest(files, server, tmp_path):
    files = with_sboms(files)
    published(server, tmp_path, files, PRIVATE["P-384"])
    plain = len(server.log)
    del server.log[:]
    known = {"schema": 1, "registries": {}, "referrersApi": {server.address(): server.referrers_api}}
    (tmp_path / "known.json").write_text(json.dumps(known))
    _, ran = published(server, tmp_path, files, PRIVATE["P-384"])
    assert ran.error == "" and "unchanged" in ran.said and plain > 10
    step = "GET referrers" if server.referrers_api else "GET tag"
    assert server.steps() == ["ping", "HEAD tag", *[step] * len(subjects(files))]


def test_nothing_is_asked_for_an_image_without_anything_attached(server, tmp_path):
    _, ran = published(server, tmp_path, layout())
    assert ran.error == "" and "GET referrers" not in server.steps()
    assert list(server.tags["team/a"]) == ["1"]


def test_a_signature_is_added_to_an_image_that_is_there(server, tmp_path):
    files = layout()
    published(server, tmp_path / "a", files)
    (tmp_path / "b").mkdir()
    push, ran = published(server, tmp_path / "b", files, PRIVATE["P-256"])
    assert ran.error == "" and types_of(server, str(push.root)) == [BUNDLE]
    assert f"{push.root}, " in ran.said and " sent, 1 attached" in ran.said


def test_what_others_have_attached_stays(server, tmp_path):
    files = layout()
    (tmp_path / "other").mkdir()
    push, _ = published(server, tmp_path / "other", files, OTHER)
    (theirs,) = server.listed("team/a", str(push.root))
    entry = {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": f"sha256:{'0' * 64}",
        "size": 7,
        "x": [None],
    }
    if not server.referrers_api:
        change_list(server, push.root, lambda index: index.update(manifests=[*index["manifests"], entry], y={"z": 1}))
    _, ran = published(server, tmp_path, with_sboms(files), PRIVATE["P-256"])
    assert ran.error == "" and theirs in server.listed("team/a", str(push.root))
    if not server.referrers_api:
        # Theirs came first, and a scanner takes the first that it can read.
        assert set(types_of(server, push.root, 2)) == {SBOM, SPDX}
        index = list_of(server, push.root)
        assert entry in index["manifests"] and index["y"] == {"z": 1} and len(index["manifests"]) == 7


def list_of(server, subject):
    digest = server.tags["team/a"][f"sha256-{subject.hex}"]
    return json.loads(server.manifests["team/a"][digest][1])


def change_list(server, subject, change):
    """As another publisher changes it."""
    index = list_of(server, subject)
    change(index)
    content = json.dumps(index).encode()
    digest = str(Digest.of(content))
    server.manifests["team/a"][digest] = (MEDIA_TYPE_INDEX, content)
    server.tags["team/a"][f"sha256-{subject.hex}"] = digest


def test_a_rerun_repairs_what_another_publisher_has_overwritten(server, tmp_path):
    push, _ = published(server, tmp_path, layout(), PRIVATE["P-256"])
    (ours,) = server.listed("team/a", str(push.root))
    if server.referrers_api:
        del server.manifests["team/a"][ours]
    else:
        change_list(server, push.root, lambda index: index.update(manifests=[]))
    assert server.listed("team/a", str(push.root)) == []
    _, ran = published(server, tmp_path, layout(), PRIVATE["P-256"])
    assert ran.error == "" and server.listed("team/a", str(push.root)) == [ours]


@pytest.mark.parametrize("etags", [True, False])
@pytest.mark.parametrize("times", [1, 2, 4, 5])
def test_another_publisher_at_the_same_time(etags, times, tmp_path):
    """It writes the list between our reading and our writing, or after our writing."""
    with RegistryServer() as server:
        server.etags = etags
        changed = []

        def interfere(server, request, response):
            if (
                request.method == ("GET" if etags else "PUT")
                and "/manifests/sha256-" in request.path
                and len(changed) < times
            ):
                subject = Digest(request.path.rpartition("sha256-")[2])
                changed.append(subject)
                entry = {"mediaType": "x", "digest": f"sha256:{str(len(changed)) * 64}", "size": 1}
                if f"sha256-{subject.hex}" not in server.tags["team/a"]:
                    content = json.dumps({"manifests": []}).encode()
                    server.manifests["team/a"][str(Digest.of(content))] = (MEDIA_TYPE_INDEX, content)
                    server.tags["team/a"][f"sha256-{subject.hex}"] = str(Digest.of(content))
                change_list(server, subject, lambda index: index.update(manifests=[entry]))

        server.choose_fault = lambda request: Changed(interfere)
        push, ran = published(server, tmp_path, layout(), PRIVATE["P-256"])
        if times < 5 or etags:
            assert ran.error == "" and len(server.listed("team/a", str(push.root))) == 2
        else:
            assert ran.error.startswith(
                f"tagging sha256-{push.root.hex}: the registry accepted the tag, but it does not list"
            )
            assert "1" not in server.tags["team/a"]


def test_a_proxy_that_changes_etags(tmp_path):
    with RegistryServer() as server:
        server.etags = True

        def change(server, request, response):
            if "ETag" in response.headers:
                response.headers["ETag"] = '"of the proxy"'

        server.choose_fault = lambda request: Changed(change)
        published(server, tmp_path, layout(), PRIVATE["P-256"])
        push, ran = published(server, tmp_path, layout(), OTHER)
        assert ran.error == "" and len(server.listed("team/a", str(push.root))) == 2


def test_pushes_of_one_run_do_not_undo_each_others_changes(tmp_path):
    """Several targets with one image: all of them list its signatures."""
    with RegistryServer() as server:
        pushes = [push_of(server, tmp_path, for_two_platforms(), tags=(str(tag),)) for tag in range(8)]
        ran = run(PushPlan(tuple(pushes), signing_key=write_keys(tmp_path)["private"]))
        assert not [result.error for result in ran.results if result.error]
        for subject in subjects(for_two_platforms()):
            assert len(server.listed("team/a", str(subject.digest))) == 1
        # One wrote each list, and the others found what they would have written.
        written = [
            request.path for request in server.log if request.method == "PUT" and "/manifests/sha256-" in request.path
        ]
        assert len(written) == len(set(written)) == 3


def test_a_list_with_many_pages(tmp_path):
    with RegistryServer() as server:
        server.referrers_api, server.referrers_page = True, 2
        files = with_sboms(layout())
        published(server, tmp_path, files, PRIVATE["P-256"])
        del server.log[:]
        _, ran = published(server, tmp_path, files, PRIVATE["P-256"])
        assert "unchanged" in ran.said and server.steps() == ["ping", "HEAD tag", *["GET referrers"] * 3]


def test_a_registry_whose_api_lists_nothing(tmp_path):
    """A proxy may answer for a registry without the API."""
    with RegistryServer() as server:

        def nothing(server, request, response):
            if request.step == "GET referrers":
                response.status, response.body = 200, b'{"manifests":[]}'

        server.choose_fault = lambda request: Changed(nothing)
        push, ran = published(server, tmp_path, layout(), PRIVATE["P-256"])
        assert ran.error == "" and len(server.listed("team/a", str(push.root))) == 1
        (tmp_path / "known.json").write_text(json.dumps({"schema": 1, "registries": {}, "referrersApi": ran.lists}))
        assert "unchanged" in published(server, tmp_path, layout(), PRIVATE["P-256"])[1].said


@pytest.mark.parametrize("step, text", [("GET manifest", "the registry has something else"), ("HEAD manifest", "")])
def test_what_is_attached_is_read_back(step, text, server, tmp_path):
    def other(server, request, response):
        if request.step == step and b'"subject"' in response.body:
            response.body += b" "

    server.choose_fault = lambda request: Changed(other)
    _, ran = published(server, tmp_path, layout(), PRIVATE["P-256"], read_back=True)
    assert text in ran.error and bool(ran.error) is bool(text) and ("1" in server.tags["team/a"]) is not bool(text)


def test_a_page_elsewhere_is_not_asked_for(tmp_path):
    with RegistryServer() as server:
        server.referrers_api = True

        def elsewhere(server, request, response):
            if request.step == "GET referrers":
                response.headers["Link"] = f'<{server.url("storage")}{request.path}?at=1>; rel="next"'

        server.choose_fault = lambda request: Changed(elsewhere)
        _, ran = published(server, tmp_path, layout(), PRIVATE["P-256"])
        assert "the next page is at another place than the registry" in ran.error
        assert not [request for request in server.log if request.host != "registry"]


def test_a_registry_that_got_the_api_is_not_asked_for_tags_for_ever(tmp_path):
    """What an earlier run has learned only decides which is asked first."""
    with RegistryServer() as server:
        for known, has_api in ((True, False), (False, True), (True, True), (False, False)):
            server.manifests.clear(), server.tags.clear()
            server.referrers_api = has_api
            record = {"schema": 1, "registries": {}, "referrersApi": {server.address(): known}}
            (tmp_path / "known.json").write_text(json.dumps(record))
            push, ran = published(server, tmp_path, layout(), PRIVATE["P-256"])
            assert ran.error == "" and len(server.listed("team/a", str(push.root))) == 1
            assert (f"sha256-{push.root.hex}" in server.tags["team/a"]) is not has_api

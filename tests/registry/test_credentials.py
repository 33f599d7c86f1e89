"""Pins down which login is found for a registry, and that a helper which misbehaves costs little and leaks nothing."""

from __future__ import annotations

import base64
import json
import os
import time

import pytest

from scratch_image.registry import credential_helper
from scratch_image.registry.credential_helper import HelperFailed
from scratch_image.registry.credentials import Credentials, LoginResult
from scratch_image.registry.environment import Environment
from scratch_image.registry.login import Login

SECRET = "correct-horse-battery"


def auth(name, password=SECRET):
    return {"auth": base64.b64encode(f"{name}:{password}".encode()).decode()}


HUB = "https://index.docker.io/v1/"
ANNA, BERT, NONE = Login("anna", SECRET), Login("bert", SECRET), Login()

AUTHS = [
    # auths, registry, repository, login, reason
    ({"r.example": auth("anna")}, "r.example", "a/b", ANNA, "by host"),
    ({"r.example:5000": auth("anna")}, "r.example", "a", NONE, "another port is another registry"),
    ({"https://r.example/v1/": auth("anna")}, "r.example", "a", ANNA, "as older versions of docker wrote it"),
    ({"https://r.example/v2": auth("anna")}, "r.example", "a", ANNA, "the same for the second API"),
    ({"https://index.docker.io/v1/": auth("anna")}, "https://index.docker.io/v1/", "library/a", ANNA, "Docker Hub"),
    ({"docker.io": auth("anna")}, "https://index.docker.io/v1/", "library/a", ANNA, "Docker Hub, by podman"),
    ({"r.example": auth("anna"), "r.example/a": auth("bert")}, "r.example", "a/b", BERT, "the most specific counts"),
    ({"r.example": auth("anna"), "r.example/a/b": auth("bert")}, "r.example", "a/c", ANNA, "of those that fit"),
    ({"r.example/a": auth("anna")}, "r.example", "ab", NONE, "a name is compared by its parts"),
    ({"r.example": {"username": "anna", "password": SECRET}}, "r.example", "a", ANNA, "in two fields"),
    ({"r.example": {**auth("anna"), "identitytoken": "t"}}, "r.example", "a", Login("anna", SECRET, "t"), "and a token"),
    ({"r.example": {"identitytoken": "t"}}, "r.example", "a", Login(identity_token="t"), "a refresh token"),
    ({"r.example": {"registrytoken": "t"}}, "r.example", "a", Login(registry_token="t"), "a token that is sent unchanged"),
    ({"r.example": auth("anna", "a:b")}, "r.example", "a", Login("anna", "a:b"), "a password with a colon"),
    ({"r.example": {}}, "r.example", "a", NONE, "docker writes this where a store has the login"),
    ({"r.example": {"auth": "YTr/"}}, "r.example", "a", Login("a", "\udcff"), "no UTF-8: any bytes are a password"),
    ({"r.example": {"auth": "YTpi\n"}}, "r.example", "a", Login("a", "b"), "a newline after the base64"),
    ({"r.example": {"auth": "YT\r\npi"}}, "r.example", "a", Login("a", "b"), "and in it, as Go's decoder takes it"),
    ({"https://r.example": auth("anna"), "r.example": {}}, "r.example", "a", ANNA, "an empty entry replaces no login"),
    ({"r.example": {}, "https://r.example": auth("anna")}, "r.example", "a", ANNA, "in either order"),
    ({"r.example": auth("bert"), "https://r.example": auth("anna")}, "r.example", "a", ANNA, "of two logins the last"),
    ({"https://index.docker.io/v1/": auth("anna"), "docker.io": {}}, HUB, "library/a", ANNA, "the same for Docker Hub"),
    ({"docker.io": {}, "https://index.docker.io/v1/": auth("anna")}, HUB, "library/a", ANNA, "in either order"),
    ({"r.example": {"auth": "%%%"}, "https://r.example": auth("anna")}, "r.example", "a", ANNA, "nor one that is broken"),
    ({"r.example": {"auth": ["YTpi"]}}, "r.example", "a", NONE, "a list"),
    ({"r.example": {"auth": 7, "username": "anna", "password": SECRET}}, "r.example", "a", ANNA, "a number beside others"),
    ({"r.example": auth("anna", "pä:ß€")}, "r.example", "a", Login("anna", "pä:ß€"), "no ASCII in a password"),
    ({"index.docker.io": auth("anna")}, "https://index.docker.io/v1/", "library/a", ANNA, "Docker Hub, by its index"),
    ({"registry-1.docker.io": auth("anna")}, "https://index.docker.io/v1/", "library/a", ANNA, "Docker Hub, by its host"),
    ({"https://docker.io/v2/": auth("anna")}, "https://index.docker.io/v1/", "library/a", ANNA, "Docker Hub, as a URL"),
    ({"r.example": "anna"}, "r.example", "a", NONE, "no entry"),
    ([], "r.example", "a", NONE, "no table"),
]


@pytest.mark.parametrize("auths, registry, repository, want, reason", AUTHS, ids=[row[4] for row in AUTHS])
def test_auths(auths, registry, repository, want, reason, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"auths": auths}))
    credentials = Credentials(Environment({"DOCKER_CONFIG": str(tmp_path)}))
    assert credentials.find(registry, repository) == LoginResult(want)


UNDECODABLE = [
    # auth, reason
    ("%%%", "no base64"),
    ("YTp", "no padding"),
    ("YW5uYQ==", "no colon"),
    ("pässwörd", "no ASCII"),
    ("\ud800", "half a character"),
    ("YTpi YTpi", "a space in the base64"),
]


@pytest.mark.parametrize("value, reason", UNDECODABLE)
@pytest.mark.parametrize("key", ["r.example", "https://r.example/v1/", "r.example/team"])
def test_a_login_that_cannot_be_decoded_is_told(key, value, reason, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"auths": {key: {"auth": value}}}))
    found = Credentials(Environment({"DOCKER_CONFIG": str(tmp_path)})).find("r.example", "team/a")
    told = f"the login for r.example in {tmp_path}/config.json is no base64 of a name and a password; log in again"
    assert found == LoginResult(NONE, (told,)), reason


def test_a_login_of_any_bytes_is_sent_as_it_is():
    login = Login("anna", "p\udce9ss")
    assert (login.basic, login.mistake) == ("Basic " + base64.b64encode(b"anna:p\xe9ss").decode(), "")
    assert {"p\udce9ss", "p\xe9ss"} < set(login.secrets)


PLACES = [
    # (variable that names the place, file below it), in the order in which they count
    ("REGISTRY_AUTH_FILE", "file.json"),
    ("DOCKER_CONFIG", "config.json"),
    ("XDG_RUNTIME_DIR", "containers/auth.json"),
    ("XDG_CONFIG_HOME", "containers/auth.json"),
]


def test_the_first_place_that_has_a_login_counts(tmp_path):
    environment = {"HOME": str(tmp_path / "home")}
    for number in reversed(range(len(PLACES))):
        variable, name = PLACES[number]
        path = tmp_path / variable / name
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"auths": {"r.example": auth(variable), f"only.{number}": auth("anna")}}))
        environment[variable] = str(path if variable == "REGISTRY_AUTH_FILE" else tmp_path / variable)
        found = Credentials(Environment(environment)).find("r.example", "a")
        assert found == LoginResult(Login(variable, SECRET))
    assert Credentials(Environment(environment)).find("only.3", "a").login == ANNA


@pytest.mark.parametrize("name", [".docker/config.json", ".config/containers/auth.json"])
def test_places_at_home(name, tmp_path):
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text(json.dumps({"auths": {"r.example": auth("anna")}}))
    assert Credentials(Environment({"HOME": str(tmp_path)})).find("r.example", "a").login == ANNA


def test_without_any_place_there_is_no_login():
    assert Credentials(Environment({})).find("r.example", "a") == LoginResult(NONE)


@pytest.mark.parametrize(
    "content",
    [
        *("{", "[]", "7", "", f'{{"auths": {{"r.example": {{"auth": "{SECRET}"}}}}', "[" * 100_000, '{"a":' * 100_000),
        *(b"\xff\xfe{", b"\x00", b"{\xff}", f"{SECRET}".encode("utf-16"), b'{"a": ' + b"9" * 5000),
    ],
)
def test_a_file_that_can_not_be_read_is_told(content, tmp_path):
    (tmp_path / "config.json").write_bytes(content.encode() if isinstance(content, str) else content)
    found = Credentials(Environment({"DOCKER_CONFIG": str(tmp_path)})).find("r.example", "a")
    assert found == LoginResult(NONE, (f"{tmp_path}/config.json is not JSON as docker and podman write it",))


# Helpers.

ANSWER = f'echo \'{{"ServerURL":"r.example","Username":"anna","Secret":"{SECRET}"}}\''
HELPERS = [
    # script, what comes of it, reason
    (f"cat >/dev/null\n{ANSWER}", ANNA, "a correct one"),
    (ANSWER, ANNA, "one that does not read the name"),
    (f"echo 'log of {SECRET}' >&2\n{ANSWER}", ANNA, "one that talks on stderr"),
    ("echo 'credentials not found in native keychain'\nexit 1", NONE, "one that knows nothing"),
    ('echo \'{"Username":"","Secret":""}\'', NONE, "an empty login"),
    (f'echo \'{{"Username":"<token>","Secret":"{SECRET}"}}\'', Login(identity_token=SECRET), "an identity token"),
    (f"echo 'error: {SECRET}'\nexit 1", "ended with exit status 1 for r.example", "one that fails"),
    (f"echo 'hello {SECRET}'\n{ANSWER}", "did not answer with a login for r.example", "one that talks on stdout"),
    ('echo \'{"Username": 1, "Secret": 2}\'', "did not answer with a login for r.example", "no strings"),
    ('echo \'{"Username": "anna"}\'', "did not answer with a login for r.example", "no secret"),
    (f"echo '[\"{SECRET}\"]'", "did not answer with a login for r.example", "a list"),
    ("printf '%50000s' | tr ' ' '['", "did not answer with a login for r.example", "a deep list"),
    ("printf '\\377\\376'", "did not answer with a login for r.example", "no UTF-8"),
    ("exit 0", "did not answer with a login for r.example", "nothing"),
    ("kill -9 $$", "ended with exit status -9 for r.example", "one that is killed"),
    ("exec 0<&-; exec 1>&-; exit 3", "ended with exit status 3 for r.example", "one that closes everything"),
    ('echo \'{"Username": "a", "Secret": "\\\\ud800"}\'', Login("a", "\ud800"), "half a character"),
    (f'echo \'{{"Username":"anna","Secret":"{SECRET}"}}\' ; sleep 0.1', ANNA, "one that ends a moment later"),
    ("sleep 60", "did not end within 0.5 seconds", "one that hangs"),
    ("sleep 60 &\nexit 0", "did not end within 0.5 seconds", "a child of it that hangs"),
    ("exec >&-\nsleep 60", "did not end within 0.5 seconds", "one that does not end"),
    (
        "while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done",
        "more than 65 536 bytes",
        "endless",
    ),
]


def write_helper(directory, script, name="test"):
    directory.mkdir(exist_ok=True)
    path = directory / f"docker-credential-{name}"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return Environment({"PATH": f"{directory}:{os.environ['PATH']}", "DOCKER_CONFIG": str(directory)})


@pytest.mark.parametrize("script, want, reason", HELPERS, ids=[row[2] for row in HELPERS])
def test_helpers(script, want, reason, tmp_path):
    environment = write_helper(tmp_path, script)
    begin = time.monotonic()
    if isinstance(want, str):
        with pytest.raises(HelperFailed) as raised:
            credential_helper.get("test", "r.example", environment, 0.5 if "0.5 seconds" in want else 20)
        assert want in str(raised.value) and SECRET not in str(raised.value)
    else:
        assert credential_helper.get("test", "r.example", environment, 20) == want
    assert time.monotonic() - begin < 20


def test_a_helper_is_told_the_name_on_stdin_only(tmp_path):
    environment = write_helper(tmp_path, f'echo "$@" > {tmp_path}/arguments\ncat > {tmp_path}/stdin\n{ANSWER}')
    credential_helper.get("test", "r.example", environment, 5)
    assert (tmp_path / "arguments").read_text() == "get\n" and (tmp_path / "stdin").read_text() == "r.example"


@pytest.mark.parametrize("name", ["missing", "../test", "a/b", "", "-x"])
def test_a_helper_that_is_not_there(name, tmp_path):
    with pytest.raises(HelperFailed, match="is not on PATH"):
        credential_helper.get(name, "r.example", write_helper(tmp_path, ANSWER), 5)


def test_a_secret_is_not_in_the_text_of_a_value():
    assert SECRET not in repr((Login("a", SECRET, SECRET, SECRET), LoginResult(Login("a", SECRET))))


CONFIGS = [
    # config.json, login, what is noted, reason
    ({"credHelpers": {"r.example": "test"}}, ANNA, 0, "a helper of the registry"),
    ({"credHelpers": {"other": "test"}}, NONE, 0, "a helper of another registry"),
    ({"credsStore": "test"}, ANNA, 0, "a store for all"),
    ({"credsStore": "test", "auths": {"r.example": auth("bert")}}, ANNA, 0, "the store comes before the file"),
    ({"credsStore": "missing", "auths": {"r.example": auth("bert")}}, BERT, 1, "a store that is not here"),
    ({"credHelpers": {"r.example": "missing"}, "credsStore": "test"}, ANNA, 1, "a helper that is not here"),
    ({"credsStore": 7}, NONE, 0, "no name"),
]


@pytest.mark.parametrize("config, want, notes, reason", CONFIGS, ids=[row[3] for row in CONFIGS])
def test_helpers_in_the_file(config, want, notes, reason, tmp_path):
    environment = write_helper(tmp_path, ANSWER)
    (tmp_path / "config.json").write_text(json.dumps(config))
    found = Credentials(environment).find("r.example", "a")
    assert (found.login, len(found.notes)) == (want, notes)


def test_a_helper_is_asked_once_a_run_even_if_it_fails(tmp_path):
    environment = write_helper(tmp_path, f"echo asked >> {tmp_path}/log\nexit 1")
    (tmp_path / "config.json").write_text(json.dumps({"credsStore": "test"}))
    credentials = Credentials(environment)
    failed = "the credential helper 'docker-credential-test' ended with exit status 1 for r.example"
    for repository in "abc":
        assert credentials.find("r.example", repository).notes == (f"{failed} (named in {tmp_path}/config.json)",)
    assert (tmp_path / "log").read_text() == "asked\n"


def test_an_identity_token_of_a_helper(tmp_path):
    environment = write_helper(tmp_path, f'echo \'{{"Username":"<token>","Secret":"{SECRET}"}}\'')
    (tmp_path / "config.json").write_text(json.dumps({"credsStore": "test"}))
    assert Credentials(environment).find("r.example", "a").login == Login(identity_token=SECRET)


# Docker Hub's spellings.

SPELLINGS = [
    "docker.io",
    "index.docker.io",
    "registry-1.docker.io",
    HUB,
    "https://docker.io",
    "https://registry-1.docker.io/v2/",
]
# A helper that knows a login under one name only, and notes what it is asked for.
ONE_NAME = """read server
echo "$server" >> {log}
if [ "$server" = "{known}" ]; then {answer}; else echo 'credentials not found in native keychain'; exit 1; fi"""


@pytest.mark.parametrize("known", ["docker.io", "index.docker.io", "registry-1.docker.io", HUB])
@pytest.mark.parametrize("key", [*SPELLINGS, None])
def test_docker_hub_by_a_helper(key, known, tmp_path):
    """Whatever the file calls it, and whatever name the login was stored under."""
    script = ONE_NAME.format(log=tmp_path / "log", known=known, answer=ANSWER)
    environment = write_helper(tmp_path, script)
    config = {"credHelpers": {key: "test"}} if key else {"credsStore": "test"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    credentials = Credentials(environment)
    for repository in ("library/a", "b/c"):
        assert credentials.find(HUB, repository) == LoginResult(ANNA)
    asked = (tmp_path / "log").read_text().split()
    # Docker's own name first; each is asked for once.
    assert asked[0] == HUB and asked[-1] == known and len(asked) == len(set(asked))


@pytest.mark.parametrize("key", ["docker.io.example", "x.docker.io", "docker.io:443", "docker.com"])
def test_what_is_not_docker_hub(key, tmp_path):
    environment = write_helper(tmp_path, ANSWER)
    (tmp_path / "config.json").write_text(json.dumps({"credHelpers": {key: "test"}}))
    assert Credentials(environment).find(HUB, "library/a").login == NONE


def test_a_helper_that_knows_one_name_of_docker_hub_only(tmp_path):
    """It knows no login, and fails for a name that it has never seen."""
    script = f'read server\nif [ "$server" = "{HUB}" ]; then echo "credentials not found in native keychain"; fi\nexit 1'
    environment = write_helper(tmp_path, script)
    (tmp_path / "config.json").write_text(json.dumps({"credsStore": "test"}))
    assert Credentials(environment).find(HUB, "library/a") == LoginResult(NONE)


def test_a_file_without_end(tmp_path):
    environment = Environment({"REGISTRY_AUTH_FILE": "/dev/zero"})
    assert Credentials(environment).find("r.example", "a").notes == ("/dev/zero is not JSON as docker and podman write it",)


def test_a_helper_of_docker_hub_that_fails_is_asked_once(tmp_path):
    environment = write_helper(tmp_path, f"echo asked >> {tmp_path}/log\nexit 1")
    (tmp_path / "config.json").write_text(json.dumps({"credHelpers": {"docker.io": "test"}}))
    credentials = Credentials(environment)
    assert [len(credentials.find(HUB, repository).notes) for repository in "ab"] == [1, 1]
    assert (tmp_path / "log").read_text() == "asked\n"


# Files that others may read.

PLAIN = {"auths": {"r.example": auth("anna")}}
READABLE = [
    # content, mode, whether it is told, reason
    (PLAIN, 0o644, True, "everybody may read a password"),
    (PLAIN, 0o604, True, "everybody but the group"),
    (PLAIN, 0o600, False, "the user alone"),
    (PLAIN, 0o640, False, "a group, which somebody chose"),
    ({"auths": {"r.example": {"identitytoken": "t"}}}, 0o644, True, "a token"),
    ({"auths": {"r.example": {"registrytoken": "t"}}}, 0o644, True, "a token of the registry"),
    ({"auths": {"r.example": {"username": "a", "password": "b"}}}, 0o644, True, "in two fields"),
    ({"auths": {"other.example": auth("anna")}}, 0o644, True, "a login for another registry"),
    ({"auths": {"r.example": {}}, "credsStore": "test"}, 0o644, False, "a store has the login"),
    ({"auths": {"r.example": {"auth": ""}}}, 0o644, False, "an empty login"),
    ({"credHelpers": {"r.example": "test"}}, 0o644, False, "a helper has the login"),
    ({"auths": ["auth"]}, 0o644, False, "no table"),
]


@pytest.mark.parametrize("content, mode, told, reason", READABLE, ids=[row[3] for row in READABLE])
def test_a_login_that_everybody_can_read_is_told(content, mode, told, reason, tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(content))
    path.chmod(mode)
    lines = []
    credentials = Credentials(Environment({"DOCKER_CONFIG": str(tmp_path), "PATH": ""}), lines.append)
    for repository in "abc":
        credentials.find("r.example", repository)
    said = f"{path} holds a login, and every user of this machine can read it; run: chmod 600 {path}"
    assert lines == ([said] if told else [])

from __future__ import annotations

import pytest

from scratch_image.oci import reference

REPOSITORIES = [
    "hello",
    "team/hello",
    "a/b/c",
    "a.b",
    "a_b",
    "a__b",
    "a---b",
    "0/1",
    "x" * 255,
]
NO_REPOSITORIES = [
    # value, reason
    ("", "empty"),
    ("Hello", "a capital"),
    ("team//hello", "an empty part"),
    ("/hello", "a slash at the start"),
    ("hello/", "a slash at the end"),
    ("-hello", "a dash at the start"),
    ("hello-", "a dash at the end"),
    ("a..b", "two dots"),
    ("a___b", "three underscores"),
    ("a._b", "two kinds of separators"),
    ("hello:1", "a tag"),
    ("registry.example:5000/hello", "a port"),
    ("hello@sha256", "a digest"),
    ("grüße", "not ASCII"),
    ("hello\n", "a line's end"),
    ("x" * 256, "too long"),
    (7, "a number"),
    (None, "nothing"),
]


@pytest.mark.parametrize("name", REPOSITORIES)
def test_repository(name: str) -> None:
    assert reference.repository(name) == name


@pytest.mark.parametrize(("value", "reason"), NO_REPOSITORIES)
def test_no_repository(value: object, reason: str) -> None:
    with pytest.raises(ValueError):
        reference.repository(value)


def test_the_part_that_is_wrong_is_named() -> None:
    with pytest.raises(ValueError, match="the part 'My' of 'team/My/hello' is not a valid repository name"):
        reference.repository("team/My/hello")


@pytest.mark.parametrize("name", ["latest", "1.0", "_", "A-b_c.D", "9", "x" * 128])
def test_tag(name: str) -> None:
    assert reference.tag(name) == name


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "empty"),
        (".1", "a dot at the start"),
        ("-1", "a dash at the start"),
        ("1.0+build", "a plus, as versions have it"),
        ("a:b", "a colon"),
        ("a/b", "a slash"),
        ("ä", "not ASCII"),
        ("1\n", "a line's end"),
        ("x" * 129, "too long"),
        (1.0, "a number"),
    ],
)
def test_no_tag(value: object, reason: str) -> None:
    with pytest.raises(ValueError):
        reference.tag(value)


@pytest.mark.parametrize(
    ("name", "want"),
    [
        ("hello:1", "docker.io/library/hello:1"),
        ("team/hello:1", "docker.io/team/hello:1"),
        ("ghcr.io/team/hello:1", "ghcr.io/team/hello:1"),
        ("localhost/hello:1", "localhost/hello:1"),
        ("host:5000/hello:1", "host:5000/hello:1"),
        # No slash: what looks like a host is the name.
        ("hello.example:1", "docker.io/library/hello.example:1"),
    ],
)
def test_with_registry(name: str, want: str) -> None:
    """As github.com/distribution/reference normalizes names."""
    assert reference.with_registry(name) == want


@pytest.mark.parametrize(
    "name", ["hello:1", "team/hello:latest", "registry.example:5000/team/hello:1.0", "localhost/a:b", "[::1]:5000/a:b"]
)
def test_image_name(name: str) -> None:
    assert reference.image_name(name) == name


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "empty"),
        ("hello", "no tag"),
        ("registry.example:5000/hello", "a port is no tag"),
        (":1", "no name"),
        ("registry.example/:1", "no repository"),
        ("registry.example:x/hello:1", "no port"),
        ("Team/hello:1", "a capital"),
        ("hello:1 ", "a blank"),
        ("hello:-1", "no tag"),
        ("hello@sha256:" + "0" * 64, "a digest"),
        ("https://registry.example/hello:1", "a scheme"),
        (7, "a number"),
    ],
)
def test_no_image_name(value: object, reason: str) -> None:
    with pytest.raises(ValueError):
        reference.image_name(value)


@pytest.mark.parametrize(
    "text, want",
    [
        ("registry.example/team/hello:1.0", ("registry.example", "team/hello", "1.0")),
        ("127.0.0.1:5000/hello", ("127.0.0.1:5000", "hello", "latest")),
        ("localhost/hello", ("localhost", "hello", "latest")),
        ("hello", ("docker.io", "library/hello", "latest")),
        ("team/hello:2", ("docker.io", "team/hello", "2")),
        (f"r.example/a@sha256:{'a' * 64}", ("r.example", "a", f"sha256:{'a' * 64}")),
        (f"r.example:1/a:2@sha256:{'a' * 64}", ("r.example:1", "a", f"sha256:{'a' * 64}")),
    ],
)
def test_the_name_of_an_image(text, want):
    assert reference.image_reference(text) == want


@pytest.mark.parametrize(
    "text, reason",
    [
        ("", ""),
        ("https://r.example/a", "scheme|valid"),
        ("r.example/A", "'A' is not a valid repository name"),
        ("r.example/a:-", "not a valid tag"),
        ("r.example/a@sha256:abc", "digest|begins no digest"),
        ("user:hunter2@r.example/a", "has an '@' that begins no digest"),
    ],
)
def test_what_is_not_the_name_of_an_image(text, reason):
    with pytest.raises(ValueError, match=reason) as caught:
        reference.image_reference(text)
    assert "hunter2" not in str(caught.value)

"""Pins down what names packages for scanners: package URLs, CPEs, expressions of licenses; and what is wrong in them."""

from __future__ import annotations

import pytest

from scratch_image.attest import cpe, license, purl
from scratch_image.attest.component import declared

WRITTEN = [
    # type, path, version, want, reason
    ("golang", "golang.org/x/net", "v0.38.0", "pkg:golang/golang.org/x/net@v0.38.0", "the path is the name"),
    ("golang", "github.com/Masterminds/semver/v3", "v3.3.1", "pkg:golang/github.com/Masterminds/semver/v3@v3.3.1", "case"),
    ("golang", "github.com/docker/cli", "v29.0+incompatible", "pkg:golang/github.com/docker/cli@v29.0%2Bincompatible", "+"),
    ("golang", "example.com/a", "", "pkg:golang/example.com/a", "no version"),
    ("golang", "stdlib", "1.26.8", "pkg:golang/stdlib@1.26.8", "the standard library"),
    ("cargo", "serde", "1.0.0+x", "pkg:cargo/serde@1.0.0%2Bx", "a crate"),
    ("oci", "hello", "sha256:ab", "pkg:oci/hello@sha256:ab", "a colon stays"),
    ("golang", "a@b/c?d#e f", "v1@2", "pkg:golang/a%40b/c%3Fd%23e%20f@v1%402", "what would end a component"),
    ("golang", "/a//b/", "v1", "pkg:golang/a/b@v1", "nothing between slashes"),
]


@pytest.mark.parametrize("kind, path, version, want, reason", WRITTEN)
def test_package_urls_as_syft_writes_them(kind, path, version, want, reason):
    assert purl.purl(kind, path, version) == want
    assert purl.parse(want).version == version


GOOD = [
    # text, name, version
    ("pkg:conan/zlib@1.3.1", "zlib", "1.3.1"),
    ("pkg:generic/openssl", "openssl", ""),
    ("pkg:npm/%40angular/core@1", "@angular/core", "1"),
    ("pkg:npm/@angular/core@1", "@angular/core", "1"),
    ("pkg:golang/golang.org/x/net@v1#http2", "golang.org/x/net", "v1"),
    ("pkg:deb/debian/curl@7.50?arch=i386&distro=jessie", "curl", "7.50"),
    ("pkg:github/a/b@1?download_url=https://x.y/z@2", "a/b", "1"),
]


@pytest.mark.parametrize("text, name, version", GOOD)
def test_good_package_urls(text, name, version):
    assert purl.parse(text) == (text, name, version)


def test_a_path_without_a_name_has_no_package_url():
    assert [purl.purl("golang", path, "v1") for path in ("", "/", "//")] == ["", "", ""]


BAD = [
    # text, what the message must have, reason
    ("conan/zlib@1.3", "write 'pkg:' before it: 'pkg:conan/zlib@1.3'", "no scheme"),
    ("", "for example 'pkg:conan/zlib@1.3.1'", "nothing"),
    ("zlib", "for example 'pkg:conan/zlib@1.3.1'", "a name alone"),
    ("PKG:conan/zlib", "'pkg:conan/zlib'", "the scheme in capitals"),
    ("pkg:Conan/zlib", "its type is in lower case: 'conan'", "the type in capitals"),
    ("pkg:generic", "write its type and its name", "no name"),
    ("pkg:generic/", "the name is empty", "an empty name"),
    ("pkg:generic//x", "the part between two slashes is empty", "an empty namespace"),
    ("pkg://generic/x", "write its type and its name", "two slashes behind the scheme"),
    ("pkg:generic/x@", "the version behind '@' is empty", "no version"),
    ("pkg:generic/a b", "'pkg:generic/a%20b'", "a blank"),
    ("pkg:generic/ä", "'pkg:generic/%C3%A4'", "not ASCII"),
    ("pkg:generic/x\n", "'pkg:generic/x%0A'", "the end of a line"),
    ("pkg:generic/a%2", "'%25'", "half an escape"),
    ("pkg:generic/a%zz", "'%25'", "no escape"),
    ("pkg:generic/a?x", "'name=value'", "a qualifier without a value"),
    ("pkg:generic/a?x=1&x=2", "each once", "a qualifier twice"),
    ("pkg:generic/a?", "'name=value'", "no qualifier"),
    ("pkg:generic/a@1/2", "stands as '%2F'", "a slash in a version"),
    ("pkg:golang/a@b/c", "before the name as '%40'", "what may be a version"),
    ("pkg:1x/a", "write its type and its name", "a type that begins with a digit"),
]


@pytest.mark.parametrize("text, named, reason", BAD)
def test_bad_package_urls(text, named, reason):
    with pytest.raises(ValueError) as error:
        purl.parse(text)
    assert repr(text) in str(error.value)
    assert named in str(error.value)


WHOLE = "cpe:2.3:a:zlib:zlib:1.3.1:*:*:*:*:*:*:*"
CPES = [
    # text, what the message must have; None for a good one
    (WHOLE, None),
    ("cpe:2.3:a:x\\/sys:y\\:z:1:*:*:en-US:*:*:*:*", None),
    ("cpe:2.3:a:zlib:zlib:1.3.1", f"it has 4 of 11 attributes, write {WHOLE!r}"),
    ("cpe:2.3:a:zlib:zlib:1.3.1:", f"write {WHOLE!r}"),
    (f"{WHOLE}:*", "for example"),
    ("cpe:/a:zlib:zlib", "for example"),
    ("cpe:2.3:x:zlib:zlib:1:*:*:*:*:*:*:*", "for example"),
    ("cpe:2.3:a:zlib zlib:zlib:1:*:*:*:*:*:*:*", "for example"),
    ("cpe:2.3:a::zlib:1:*:*:*:*:*:*:*", "for example"),
    ("", "for example"),
]


@pytest.mark.parametrize("text, named", CPES)
def test_cpes(text, named):
    if named is None:
        assert cpe.check(text) == text
        return
    with pytest.raises(ValueError) as error:
        cpe.check(text)
    assert named in str(error.value)


def test_the_cpe_of_go():
    assert cpe.of_go("1.26.8") == "cpe:2.3:a:golang:go:1.26.8:-:*:*:*:*:*:*"
    assert cpe.of_go("1.27rc1") == "cpe:2.3:a:golang:go:1.27:rc1:*:*:*:*:*:*"
    assert cpe.of_go("devel") == "", "a version that is in no database"
    assert cpe.check(cpe.of_go("1.27rc1"))


LICENSES = [
    # text, want; or what the message must have
    ("MIT", "MIT", ""),
    (" MIT  OR Apache-2.0 ", "MIT OR Apache-2.0", ""),
    ("(MIT OR Apache-2.0) AND LicenseRef-x", "(MIT OR Apache-2.0) AND LicenseRef-x", ""),
    ("GPL-2.0-or-later WITH Classpath-exception-2.0", "GPL-2.0-or-later WITH Classpath-exception-2.0", ""),
    ("LGPL-2.1+", "LGPL-2.1+", ""),
    ("MIT WITH Classpath-exception-2.0 AND X", "MIT WITH Classpath-exception-2.0 AND X", ""),
    ("LicenseRef-a.b-c OR (MIT+)", "LicenseRef-a.b-c OR (MIT+)", ""),
    ("NONE", "NONE", ""),
    ("NONE AND MIT", None, "for example"),
    ("MIT WITH (A OR B)", None, "for example"),
    ("(MIT) WITH x", None, "for example"),
    ("MIT WITH x WITH y", None, "for example"),
    ("MIT WITH LicenseRef-x", None, "for example"),
    ("MIT WITH x+", None, "for example"),
    ("MIT WITH", None, "for example"),
    ("DocumentRef-x:LicenseRef-y", None, "for example"),
    ("LicenseRef-", None, "for example"),
    ("LicenseRef-x+", None, "for example"),
    ("MIT or BSD-3-Clause", None, "write OR for 'or'"),
    ("MIT, BSD-3-Clause", None, "for example 'MIT'"),
    ("MIT BSD-3-Clause", None, "for example"),
    ("(MIT", None, "for example"),
    ("MIT)", None, "for example"),
    ("MIT OR", None, "for example"),
    ("OR MIT", None, "for example"),
    ("()", None, "for example"),
    ("", None, "for example"),
]


@pytest.mark.parametrize("text, want, named", LICENSES)
def test_licenses(text, want, named):
    if want:
        assert license.check(text) == want
        return
    with pytest.raises(ValueError) as error:
        license.check(text)
    assert named in str(error.value)


def test_a_declared_library():
    found = declared("pkg:conan/zlib@1.3.1", WHOLE, "", "", "Zlib")
    assert (found.name, found.version, found.license) == ("zlib", "1.3.1", "Zlib")
    assert found.declaration() == {
        "purl": "pkg:conan/zlib@1.3.1",
        "cpe": WHOLE,
        "name": "zlib",
        "version": "1.3.1",
        "license": "Zlib",
    }
    assert declared("", "", "mine", "", "").name == "mine"
    with pytest.raises(ValueError, match="neither 'purl' nor 'name'"):
        declared("", WHOLE, "", "1", "")
    with pytest.raises(ValueError, match=r"'version' is '1.2', and the package URL has '1.3.1'"):
        declared("pkg:conan/zlib@1.3.1", "", "", "1.2", "")

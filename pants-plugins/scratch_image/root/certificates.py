"""Where each library finds CA certificates.

Every function follows the library's own algorithm; a place satisfies if a certificate is read there.
"""

from __future__ import annotations

import re
from typing import Callable, Iterable, Iterator, List, Optional, Tuple

from scratch_image.layout.tree import SYMLINK
from scratch_image.root.answer import MISSING, SATISFIED, UNUSABLE, Answer
from scratch_image.root.root import Root

CERT_FILE, CERT_DIR = "SSL_CERT_FILE", "SSL_CERT_DIR"
# crypto/x509/root_linux.go, Go 1.13 to 1.27.
GO_FILES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
GO_DIRECTORIES = ("/etc/ssl/certs", "/etc/pki/tls/certs")
# openssl-probe 0.2, src/lib.rs.
RUST_FILES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/ssl/cert.pem",
    "/opt/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/certs/cacert.pem",
)
RUST_DIRECTORIES = ("/etc/ssl/certs", "/etc/pki/tls/certs", "/etc/security/certificates")
# The names that `openssl rehash` gives: the hash of the subject, and a number. by_dir.c counts from 0, and never lists a
# directory; by_store.c lists the one directory that the whole of SSL_CERT_DIR names, and takes any number.
_FIRST_HASHED, _HASHED = re.compile(r"[0-9a-f]{8}\.0"), re.compile(r"[0-9a-f]{8}\.[0-9]+")


def go(root: Root) -> Answer:
    """Go's crypto/x509 (loadSystemRoots in root_unix.go; from 1.27 on loadOnDiskRoots in root.go, with the same steps): the
    first file that can be read, and all directories. SSL_CERT_FILE replaces the files, SSL_CERT_DIR the directories; an
    empty value counts as unset."""
    search = _Search(root)
    files = (root.variable(CERT_FILE),) if root.variable(CERT_FILE) else GO_FILES
    search.first_readable(files)
    listed = root.variable(CERT_DIR)
    search.directories(listed.split(":") if listed else GO_DIRECTORIES, _not_linked_beside)
    return search.answer


def openssl(root: Root, cert_file: str) -> Answer:
    """OpenSSL 3 (by_file.c, by_dir.c, by_store.c): one file, and directories with files named by the hash of the subject.
    `cert_file` is OPENSSLDIR/cert.pem. A variable that is set replaces the place, even if its value is empty."""
    search = _Search(root)
    file = root.env.get(CERT_FILE, cert_file)
    search.first_readable((file,) if file else ())
    listed = root.env.get(CERT_DIR, f"{cert_file.rpartition('/')[0]}/certs")
    for directory in filter(None, listed.split(":")):
        search.by_name(directory, _FIRST_HASHED)
    search.directories(filter(None, (listed,)), lambda _, __, name: bool(_HASHED.fullmatch(name)))
    return search.answer


def rustls(root: Root) -> Answer:
    """rustls-native-certs 0.8 (and rustls-platform-verifier, which uses it on Linux): what SSL_CERT_FILE and
    SSL_CERT_DIR name if either is set; else the first file of openssl-probe that exists, and all of its directories."""
    search = _Search(root)
    listed = [part for part in root.variable(CERT_DIR).split(":") if part]
    if CERT_FILE in root.env or listed:
        search.first_readable((root.variable(CERT_FILE),) if root.variable(CERT_FILE) else ())
        search.directories(listed, _every)
        return search.answer
    # It takes the first that exists, whether it can be read or not.
    search.first_readable([path for path in RUST_FILES if root.lookup(path).node][:1] or RUST_FILES[:1])
    search.directories(RUST_DIRECTORIES, _every)
    return search.answer


def zig(root: Root) -> Answer:
    """Zig 0.11 to 0.17, std.crypto.Certificate.Bundle (rescanLinux): Go's files, and the directories only if there is no
    file. It reads no variable."""
    search = _Search(root)
    for path in GO_FILES:
        found = root.lookup(path)
        # It takes the first that exists; an error of another kind than that it does not ends the search.
        if found.node or found.denied or found.path in root.nodes:
            search.first_readable((path,))
            return search.answer
    search.first_readable(GO_FILES[:1])
    search.directories(GO_DIRECTORIES, _every)
    return search.answer


def unknown_library(root: Root) -> Answer:
    """A library that nothing names: satisfied if any of the others would be."""
    answers = [go(root), rustls(root), zig(root)]
    return next(filter(None, answers), answers[0])


_Filter = Callable[[Root, str, str], bool]


def _every(root: Root, directory: str, name: str) -> bool:
    return True


def _not_linked_beside(root: Root, directory: str, name: str) -> bool:
    """Go leaves links out that lead to a name in the same directory."""
    node = root.nodes.get(f"{directory}/{name}")
    return node is None or node.kind != SYMLINK or "/" in node.target


class _Search:
    """Looks at places in order, and keeps the best answer."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._found: Optional[str] = None
        self._first: Optional[str] = None
        self._unusable: List[Tuple[str, str]] = []

    @property
    def answer(self) -> Answer:
        """The answer after all places."""
        if self._found:
            return Answer(SATISFIED, self._found)
        if self._unusable:
            place, why = self._unusable[0]
            return Answer(UNUSABLE, place, why)
        return Answer(MISSING, self._first or "")

    def first_readable(self, files: Iterable[str]) -> None:
        """The first file that can be read; the next ones are not looked at."""
        for path in files:
            self._first = self._first or path
            if self._read(path):
                return

    def directories(self, directories: Iterable[str], wanted: _Filter) -> None:
        """All files that are wanted, of all directories."""
        for directory in directories:
            self._first = self._first or directory
            for name in self._names(directory, wanted):
                if not self._found:
                    self._read(f"{directory}/{name}")

    def by_name(self, directory: str, pattern: re.Pattern[str]) -> None:
        """Files of a directory whose names the program makes up: nothing is listed."""
        for name in filter(pattern.fullmatch, self._root.names_in(self._root.lookup(directory).path)):
            if not self._found:
                self._read(f"{directory}/{name}")

    def _names(self, directory: str, wanted: _Filter) -> Iterator[str]:
        found = self._root.lookup(directory)
        if found.denied or (found.node and not self._root.readable_directory(directory)):
            self._unusable.append((directory, "the user cannot read it"))
            return
        names = self._root.names_in(found.path) if found.node else ()
        yield from (name for name in names if wanted(self._root, found.path, name))

    def _read(self, path: str) -> bool:
        if not self._root.readable(path):
            found = self._root.lookup(path)
            if found.denied or found.node:
                self._unusable.append((path, "the user cannot read it"))
            return False
        if self._root.holds_certificates(path):
            self._found = self._found or path
        else:
            self._unusable.append((path, "no certificate is in it"))
        return True

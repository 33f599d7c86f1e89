"""Pins down what a program asks of glibc's name service, by the names that the linker leaves of its functions."""

from __future__ import annotations

import pytest

from scratch_image.binary import scan
from scratch_image.binary.elf import read_elf
from scratch_image.binary.evidence import Need
from scratch_image.binary.name_service import database_of, read_name_service
from scratch_image.binary.needs import read_needs
from scratch_image.binary.sections import read_sections
from tests.support.programs import ALLOC, CODE, Section, elf_file

# The table of glibc 2.34 and later: every name once, with blanks behind it.
NAMES = ("endaliasent", "getaliasbyname_r", "getgrgid_r", "gethostbyname4_r", "getpwnam_r", "getpwuid_r", "getservbyname_r",
         "initgroups_dyn", "setnetgrent")  # fmt: skip
TABLE = b"".join(name.encode().ljust(19, b"\0") for name in NAMES)
NSS = b"libnss_%s.so%s\0"

CASES = [
    # texts beside the table, lookups, databases, reason
    (b"", (), (), "its code is there for another's sake"),
    (b"getpwnam_r\0", ("getpwnam_r",), ("passwd",), "getpwnam(3)"),
    (b"\1\2getpwnam_r\0x\0", ("getpwnam_r",), ("passwd",), "the first text of its section"),
    (b"initgroups_dyn\0", ("initgroups_dyn",), ("group",), "initgroups(3)"),
    (
        b"gethostbyname4_r\0getservbyname_r\0",
        ("gethostbyname4_r", "getservbyname_r"),
        ("hosts", "services"),
        "getaddrinfo(3)",
    ),
    (b"_nss_dns_gethostbyname4_r\0my_getpwnam_r\0fgetpwnam_r\0", (), (), "names of other functions"),
    (b"getpwnam_rx\0getpwnam_r", (), (), "longer ones"),
    (b"getdate_r\0getdate_r\0", (), (), "not of the name service"),
]


@pytest.mark.parametrize("text, lookups, databases, reason", CASES)
def test_lookups(text, lookups, databases, reason):
    data = memoryview(b"\0" + text + b"end\0" + TABLE)
    found = read_name_service(data, [(0, len(data))])
    assert (found.lookups, found.databases, found.built_in) == (lookups, databases, True)


@pytest.mark.parametrize("text, lookups, databases, reason", CASES)
def test_lookups_before_2_34(text, lookups, databases, reason):
    """There is no table, and no source in the program."""
    data = memoryview(b"\0" + text + b"end")
    found = read_name_service(data, [(0, len(data))])
    assert (found.lookups, found.databases, found.built_in) == (lookups, databases, False)


def test_a_name_in_two_windows_counts_once(monkeypatch):
    monkeypatch.setattr(scan, "_WINDOW", 512)
    for before in range(0, 700, 3):
        data = memoryview(b"x" * before + b"\0" + TABLE + bytes(600))
        assert read_name_service(data, [(0, len(data))]).lookups == (), before
        data = memoryview(b"getpwnam_r\0" + b"x" * before + b"\0" + TABLE + bytes(600))
        assert read_name_service(data, [(0, len(data))]).lookups == ("getpwnam_r",), before


DATABASES = [
    ("getpwent_r", "passwd"), ("getgrnam_r", "group"), ("gethostbyaddr2_r", "hosts"), ("getcanonname_r", "hosts"),
    ("getservbyport_r", "services"), ("getprotobyname_r", "protocols"), ("getnetbyname_r", "networks"),
    ("getnetgrent_r", "netgroup"), ("getrpcbyname_r", "rpc"), ("getaliasent_r", "aliases"), ("getspnam_r", "shadow"),
    ("getsgnam_r", "gshadow"), ("getdate_r", None),
]  # fmt: skip


@pytest.mark.parametrize("lookup, database", DATABASES)
def test_databases(lookup, database):
    assert database_of(lookup) == database


def needs_of(text):
    elf = read_elf(memoryview(elf_file(segments=(CODE,), sections=[Section(".rodata", b"\0" + text, ALLOC)])))
    return read_needs(elf, read_sections(elf), go=False, build=None, crates=(), packed=False)


def test_users_are_needed_by_what_is_linked():
    """With the name service comes the code that reads /etc/passwd, whoever asks for what."""
    files = NSS + b"/etc/passwd\0/etc/group\0" + TABLE
    assert [need.name for need in needs_of(files).found] == ["nss"]
    found = needs_of(b"getpwuid_r\0" + files)
    assert found.found == (Need("users", "linked", "getpwuid_r"), Need("nss", "linked", "libnss_%s"))
    assert (found.databases, found.old_glibc) == (("passwd",), False)
    rust = b"/rustc/" + b"0123456789" * 4 + b"/library/std/src/rt.rs\0"
    assert [need.name for need in needs_of(rust + b"getpwuid_r\0" + files).found] == ["nss"]
    assert [need.name for need in needs_of(rust + b"getpwnam_r\0" + files).found] == ["users", "nss"]
    assert needs_of(b"gethostbyname4_r\0" + NSS).old_glibc


def test_without_the_name_service_its_functions_are_nobody_s():
    found = needs_of(b"getpwnam_r\0")
    assert (found.found, found.databases, found.old_glibc) == ((), (), False)

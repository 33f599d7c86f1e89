"""Pins down what each value of `files`, `directories`, `symlinks` and `capabilities` may look like, and the cures."""

from __future__ import annotations

import pytest

from scratch_image.image import capabilities, values
from scratch_image.image.capabilities import CAPABILITIES, capability_xattr
from scratch_image.image.values import FileSource, Owner, directory
from scratch_image.oci.tar import DirectoryEntry

PARSERS = {**vars(values), "capability": capabilities.capability}

ROOT = Owner(0, 0)
GOOD = [
    # function, value, want
    ("place", "/etc/motd", "/etc/motd"),
    ("place", "/srv/", "/srv/"),
    ("place", "/", "/"),
    ("place", "/Grüße/a b", "/Grüße/a b"),
    ("file_source", ":a", FileSource(":a", None, None, ROOT)),
    ("file_source", {"from": "//src:a"}, FileSource("//src:a", None, None, ROOT)),
    ("file_source", {"from": ":a", "mode": "0640", "owner": "1:2"}, FileSource(":a", None, 0o640, Owner(1, 2))),
    ("file_source", {"text": "a\nb\n"}, FileSource(None, "a\nb\n", None, ROOT)),
    ("file_source", {"text": ""}, FileSource(None, "", None, ROOT)),
    ("file_source", {"text": "x", "mode": "0000"}, FileSource(None, "x", 0, ROOT)),
    ("link_target", "/etc/x", "/etc/x"),
    ("link_target", "../a/./b", "../a/./b"),
    ("link_target", "/", "/"),
    ("link_target", "t" * 4095, "t" * 4095),
    ("mode", "0640", 0o640),
    ("mode", "755", 0o755),
    ("mode", "000", 0),
    ("mode", "1777", 0o1777),
    ("mode", "7777", 0o7777),
    ("owner", "0:0", ROOT),
    ("owner", "65532:7", Owner(65532, 7)),
    ("owner", "007:8", Owner(7, 8)),
    ("owner", "4294967294:4294967294", Owner(4294967294, 4294967294)),
    ("capability", "cap_net_raw", "cap_net_raw"),
    ("capability", "CAP_NET_RAW", "cap_net_raw"),
    ("capability", "cap_net_raw=ep", "cap_net_raw"),
    ("capability", "cap_net_raw+pe", "cap_net_raw"),
    ("capability", "cap_net_raw=p", "cap_net_raw=p"),
    ("capability", "cap_net_raw+p", "cap_net_raw=p"),
]


@pytest.mark.parametrize("function, value, want", GOOD)
def test_good_values(function, value, want):
    assert PARSERS[function](value) == want


BAD = [
    # function, value, what the message must name, reason
    ("place", "etc/motd", "'/etc/motd'", "relative"),
    ("place", "", "write an absolute path: '/etc/app.conf'", "empty"),
    ("place", "//", "single slashes", "two slashes"),
    ("place", "/a//", "single slashes", "two slashes at the end"),
    ("place", "/a/../b", "'..'", "leads elsewhere"),
    ("place", "/a/./", "'.'", "leads elsewhere, as a directory"),
    ("place", "/.wh.a", "'.wh.'", "deletes a file in a layer"),
    ("place", "/.wh.a/", "'.wh.'", "the same, as a directory"),
    ("place", "/a\nb", "control character", "a line's end"),
    ("place", f"/{'n' * 256}", "too long", "a name that Linux does not take"),
    ("place", 5, "not a string", "a number"),
    ("file_source", "", "write the address of a target", "no address"),
    ("file_source", " ", "write the address of a target", "white space"),
    ("file_source", None, "expected an address or a dict, got None", "nothing"),
    ("file_source", 5, 'expected an address or a dict, got 5; write {"text": "5"} for a file with it', "a number"),
    ("file_source", [":a"], "expected an address or a dict, got", "a list"),
    ("file_source", {}, "neither 'from' nor 'text'", "neither"),
    ("file_source", {"mode": "0640"}, "neither 'from' nor 'text'", "only a mode"),
    ("file_source", {"from": ":a", "text": "x"}, "both 'from' and 'text'", "both"),
    (
        "file_source",
        {"from": ":a", "user": "0"},
        "unknown key 'user'; did you mean 'owner'?",
        "an unknown member",
    ),
    ("file_source", {1: ":a"}, "unknown key 1; choose from", "a member that is no string"),
    ("file_source", {"from": ""}, "write the address of a target", "no address"),
    ("file_source", {"from": 5}, "not a string", "a number"),
    ("file_source", {"text": 5}, "put it in quotes: '5'", "a number"),
    ("file_source", {"text": None}, "not a string", "nothing"),
    ("file_source", {"text": "\ud800"}, "surrogate", "no UTF-8"),
    ("file_source", {"from": ":a", "mode": "rw"}, "'0640'", "letters"),
    ("file_source", {"from": ":a", "owner": "root"}, "'0:0'", "a name"),
    ("link_target", "", "empty", "nowhere"),
    ("link_target", "a\nb", "control character", "a line's end"),
    ("link_target", "a\x7fb", "control character", "DEL"),
    ("link_target", "a\0b", "NUL", "the kernel would cut it there"),
    ("link_target", "t" * 4096, "too long", "longer than Linux takes"),
    ("link_target", "é" * 2048, "too long", "4096 bytes, not letters"),
    ("link_target", 5, "not a string", "a number"),
    ("mode", "64", "'0640'", "two digits"),
    ("mode", "00640", "'0640'", "five digits"),
    ("mode", "0o640", "'0640'", "Python's form"),
    ("mode", "0680", "'0640'", "no octal digit"),
    ("mode", "640\n", "'0640'", "white space"),
    ("mode", "٦٤٠", "'0640'", "digits of another script"),
    ("mode", "u=rw", "'0640'", "chmod's letters"),
    ("mode", "", "'0640'", "empty"),
    ("mode", -1, "'0640'", "negative"),
    ("mode", 0o10000, "'0640'", "more than permission bits"),
    ("mode", True, "'0640'", "no number"),
    ("mode", 6.4, "'0640'", "no whole number"),
    ("mode", None, "'0640'", "nothing"),
    ("owner", "0", "'0:0'", "no group"),
    ("owner", "0:", "'0:0'", "an empty group"),
    ("owner", "0:0:0", "'65532:65532'", "three ids"),
    ("owner", "-1:0", "'65532:65532'", "negative"),
    ("owner", "nonroot:nonroot", "'65532:65532'", "names"),
    ("owner", "0:0\n", "'0:0'", "white space"),
    ("owner", 0, "'0:0'", "a number"),
    ("owner", "4294967295:0", "4294967294", "chown(2) takes it for no change"),
    ("owner", "0:9999999999", "4294967294", "more than 32 bits"),
    ("capability", "net_raw", "did you mean 'cap_net_raw'?", "no prefix"),
    ("capability", "cap_net_bind_servic", "did you mean 'cap_net_bind_service'?", "misspelt"),
    ("capability", "CAP_BFP", "did you mean 'cap_bpf'?", "misspelt in capitals"),
    ("capability", "cap_net_raw=eip", "setcap's '=ep' or '=p' after it", "inheritable means nothing for a file of an image"),
    ("capability", "cap_net_raw=e", "setcap's '=ep'", "effective without permitted"),
    ("capability", "cap_net_raw-p", "unknown capability", "setcap's form that takes away"),
    ("capability", "cap_net_raw=eip", "write 'cap_net_raw', or", "and the cure names the same"),
    ("capability", "cap_bfp=eip", "write 'cap_bpf', or", "or the nearest one"),
    ("capability", "=eip", "write 'cap_net_bind_service', or", "without a name"),
    ("capability", "net_raw=p", "did you mean 'cap_net_raw=p'?", "no prefix, permitted only"),
    ("capability", "NET_RAW=ep", "did you mean 'cap_net_raw'?", "no prefix, and what the name alone means"),
    ("capability", "cap_net_rwa+p", "did you mean 'cap_net_raw=p'?", "misspelt, permitted only"),
    ("capability", "NET_BIND", "did you mean 'cap_net_bind_service'?", "the begin of one"),
    ("capability", "cap_mac_o", "did you mean 'cap_mac_override'?", "the begin of one, with the prefix"),
    ("capability", "sys_adm", "did you mean 'cap_sys_admin'?", "the begin of one, near to others"),
    ("capability", "audit", "cap_audit_", "the begin of three"),
    ("capability", "all", "write one of capabilities(7)", "none of them"),
    ("capability", "", "write one of capabilities(7)", "empty"),
    ("capability", 10, "did you mean 'cap_net_bind_service'?", "its number"),
    ("capability", "21", "did you mean 'cap_sys_admin'?", "the same as a string"),
    ("capability", 41, "not a string", "a number that none has"),
]


@pytest.mark.parametrize("function, value, named, reason", BAD)
def test_bad_values_name_the_cure(function, value, named, reason):
    with pytest.raises(ValueError) as error:
        PARSERS[function](value)
    assert named in str(error.value), reason


DIRECTORIES = [
    # value, want
    ({}, DirectoryEntry("srv/a", 0o755, 0, 0)),
    ({"mode": "1777"}, DirectoryEntry("srv/a", 0o1777, 0, 0)),
    ({"owner": "1:2"}, DirectoryEntry("srv/a", 0o755, 1, 2)),
    ({"mode": "0700", "owner": "1:2"}, DirectoryEntry("srv/a", 0o700, 1, 2)),
]


@pytest.mark.parametrize("value, want", DIRECTORIES)
def test_directories(value, want):
    assert directory("/srv/a", value) == want


BAD_DIRECTORIES = [
    # value, what the message must name, reason
    ("0755", "write {'mode': '0755'}", "a mode without its name"),
    (None, "or {}", "nothing"),
    ({"from": ":a"}, "unknown key 'from'; choose from mode, owner", "a member of `files`"),
    ({"mode": "rwx"}, "'0640'", "letters"),
    ({"owner": "root:root"}, "'0:0'", "names"),
]


@pytest.mark.parametrize("value, named, reason", BAD_DIRECTORIES)
def test_bad_directories(value, named, reason):
    with pytest.raises(ValueError) as error:
        directory("/srv/a", value)
    assert named in str(error.value), reason


NUMBERS = [
    # capability, number in linux/capability.h
    ("cap_chown", 0),
    ("cap_setuid", 7),
    ("cap_net_bind_service", 10),
    ("cap_net_raw", 13),
    ("cap_sys_ptrace", 19),
    ("cap_sys_admin", 21),
    ("cap_setfcap", 31),
    ("cap_mac_override", 32),
    ("cap_syslog", 34),
    ("cap_audit_read", 37),
    ("cap_perfmon", 38),
    ("cap_bpf", 39),
    ("cap_checkpoint_restore", 40),
]


@pytest.mark.parametrize("name, number", NUMBERS)
def test_numbers_are_the_kernels(name, number):
    assert CAPABILITIES[name] == number


def test_every_number_has_a_name():
    assert sorted(CAPABILITIES.values()) == list(range(41))


XATTRS = [
    # capabilities, what getfattr shows of a file after setcap with `=ep`, or as written (libcap 2.66, Linux 6)
    (("cap_net_bind_service=p",), "0000000200040000000000000000000000000000"),
    (("cap_net_bind_service=p", "cap_net_raw=p"), "0000000200240000000000000000000000000000"),
    (("cap_net_bind_service",), "0100000200040000000000000000000000000000"),
    (("cap_net_bind_service", "cap_net_raw"), "0100000200240000000000000000000000000000"),
    (("cap_syslog",), "0100000200000000000000000400000000000000"),
    (("cap_chown", "cap_bpf"), "0100000201000000000000008000000000000000"),
    (("cap_checkpoint_restore",), "0100000200000000000000000001000000000000"),
]


@pytest.mark.parametrize("names, written", XATTRS)
def test_the_attribute_is_what_setcap_writes(names, written):
    assert capability_xattr(names).hex() == written
    assert capability_xattr(names[::-1]).hex() == written, "the order decides nothing"

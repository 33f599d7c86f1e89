"""Defects of layouts in their layers: the stream, its headers, and what readers do not show."""

from __future__ import annotations

import tarfile
import zlib

from scratch_image.assembler.compressors import gzip_member
from tests.support.defect_makers import SUBJECT, ZEROS, put, with_member
from tests.support.layouts import layout, other_archive, program_archive, sha256
from tests.support.programs import ALLOC, WRITE, Section, go_build_info


def header(places):
    """A change of a blob in gzip: bytes at their places; what begins with `+` is put in."""

    def change(blob):
        for place, content in places.items():
            put_in = content.startswith(b"+")
            blob = blob[:place] + content[put_in:] + blob[place if put_in else place + len(content) :]
        return blob

    return change


def raw_header(**fields):
    """A ustar header by hand, for what the standard library does not write."""
    info = tarfile.TarInfo("x")
    block = bytearray(info.tobuf(tarfile.USTAR_FORMAT))
    for at, content in fields.values():
        block[at : at + len(content)] = content
    block[148:156] = b"%06o\0 " % (sum(block) - sum(block[148:156]) + 8 * 32)
    return bytes(block)


def raw(*blocks, end=bytes(1024)):
    """A layer of the program and these blocks."""
    content = program_archive().rstrip(b"\0")
    return layout([content + bytes(-len(content) % 512) + b"".join(blocks) + end])


def pax(body):
    header = raw_header(size=(124, b"%011o\0" % len(body)), kind=(156, b"x"))
    return raw(header, body + bytes(-len(body) % 512), raw_header())


PAX = (raw_header(size=(124, b"%011o\0" % 9), kind=(156, b"x")), b"9 path=y\n".ljust(512, b"\0"))


LONG = (raw_header(size=(124, b"%011o\0" % 2), kind=(156, b"L")), b"y\0".ljust(512, b"\0"))


LEVEL_3 = (Section(".go.buildinfo", go_build_info(b"go1.21.0", b"build\tGOARCH=amd64\nbuild\tGOAMD64=v3\n"), ALLOC | WRITE),)


# What is remarked → bytes of the header of the first member, by their places.
HEADERS = {
    "a flag for text": {3: b"\x01"},
    "a time": {4: b"\x80\x00\x00\x65"},
    "a hint on the compressor": {8: b"\x02"},
    "an operating system": {9: b"\x03"},
    "an extra field": {3: b"\x04", 10: b"+\x02\0xx"},
    "a file name": {3: b"\x08", 10: b"+name\0"},
    "a comment": {3: b"\x10", 10: b"+hello\0"},
    "a checksum of a header": {
        3: b"\x02",
        10: b"+" + zlib.crc32(b"\x1f\x8b\x08\x02\0\0\0\0\0\xff").to_bytes(4, "little")[:2],
    },
}


OF_LAYERS = {
    "a layer without entries": (layout([program_archive(), bytes(10240)]), "", "layer", "a layer", "the layer is empty"),
    "a layer of no bytes": (
        layout([program_archive(), b""], "none"), "blobs/sha256/e3b0", "blob", "a blob", "registries refuse empty blobs"),
    "a layer that is something else": (
        layout([program_archive(), b"hello"], "none"), "blobs/sha256/2cf2", "layer", "a tar archive", "not those of tar"),
    "gzip that is cut": (layout(blob=lambda blob: blob[:-9]), "", "layer", "gzip data", "ends within a gzip member"),
    "zeros behind gzip": (layout(blob=lambda blob: blob + bytes(9)), "", "layer", "gzip data", "incorrect header"),
    "a wrong CRC in gzip": (
        layout(blob=lambda blob: blob[:-8] + bytes(4) + blob[-4:]), "", "layer", "gzip", "incorrect data"),
    "zstd that is cut": (
        layout(compression="zstd", blob=lambda blob: blob[:-1]), "", "layer", "zstd data", "ends within a zstd frame"),
    "something behind zstd": (
        layout(compression="zstd", blob=lambda blob: blob + b"hello"), "", "layer", "zstd data", "nknown frame descriptor"),
    "less than a frame behind zstd": (
        layout(compression="zstd", blob=lambda blob: blob + b"\x28\xb5"),
        "", "layer", "zstd data", "ends within a zstd frame"),
    "an order": (layout([other_archive(("c", {}), ("b", {}))]), " 'b'", "order", "an entry", "it must come before 'c'"),
    "uname": (with_member("x", uname="root"), " 'x'", "header", "a uname", "recipe tar.1"),
    "mode of a type": (raw(raw_header(mode=(100, b"0100644\0"))), " 'x'", "mode", "0o100644", "permission bits"),
    "a device": (with_member("x", type=tarfile.CHRTYPE), " 'x'", "type", "'3'", "a character device"),
    "a fifo": (with_member("x", type=tarfile.FIFOTYPE), " 'x'", "type", "'6'", "a fifo"),
    "a hard link": (with_member("x", type=tarfile.LNKTYPE, linkname="app"), " 'x'", "type", "'1'", "a hard link"),
    "a type of no one": (raw(raw_header(kind=(156, b"Q"))), " 'x'", "type", "'Q'", "an unknown type 'Q'"),
    "a link out of the root": (
        with_member("x", type=tarfile.SYMTYPE, linkname="a/../../y"),
        " 'x'", "link target", "'a/../../y'", "out of the root"),
    "an absolute link out of the root": (
        with_member("x", type=tarfile.SYMTYPE, linkname="/../y"), " 'x'", "link target", "'/../y'", "out of the root"),
    "a link to nothing": (with_member("x", type=tarfile.SYMTYPE), " 'x'", "link target", "''", "1 to 4095 bytes"),
    "a file with a link target": (raw(raw_header(link=(157, b"app"))), " 'x'", "link target", "'app'", "not a link"),
    "a directory without its slash": (raw(raw_header(kind=(156, b"5"))), " 'x'", "name", "'x'", "ends in '/'"),
    "a file with a slash": (raw(raw_header(name=(0, b"x/"))), " 'x/'", "name", "'x/'", "ends in '/'"),
    "a control character": (with_member("x\ny"), r" 'x\ny'", "name", r"'x\ny'", "holds U+000A (a control character)"),
    "a name that is shown backwards": (
        with_member("x\u202egpj.sh"), r" 'x\u202egpj.sh'", "name", r"'x\u202egpj.sh'",
        "U+202E (RIGHT-TO-LEFT OVERRIDE)"),
    "a character without width": (with_member("ap\u200bp"), "", "name", "", "U+200B (ZERO WIDTH SPACE), which cannot"),
    "a blank that is no space": (with_member("a\u00a0b"), "", "name", "", "U+00A0 (NO-BREAK SPACE)"),
    "an empty glyph": (with_member("d\u2800/x"), "", "name", "", "U+2800 (BRAILLE PATTERN BLANK)"),
    "a directory that is not seen": (with_member("\ufeff", type=tarfile.DIRTYPE), "", "name", "", "U+FEFF"),
    "a link to what is not seen": (
        with_member("x", type=tarfile.SYMTYPE, linkname="ap\u2060p"), " 'x'", "link target", "", "target holds U+2060"),
    "a label that is not seen": (
        layout(config=lambda config: config["config"].update(Labels={"a\u200bb": "1"})),
        " config", r"Labels['a\u200bb']", "", "the key holds U+200B"),
    "an annotation that is not seen": (
        layout(manifest=lambda manifest: manifest.update(annotations={"a\u00adb": "1"})),
        "", r"annotations['a\xadb']", "", "the key holds U+00AD (SOFT HYPHEN)"),
    "an empty name": (raw(raw_header(name=(0, b"\0"))), " ''", "name", "''", "the name is empty"),
    "a name that is too long": (with_member("x" * 256), "", "name", "xxx", "255 bytes"),
    "a name that is no UTF-8": (
        raw(raw_header(name=(0, b"x\xff"))), *[(" 'x", *problem) for problem in (
            ("header", "not ASCII", "recipe tar.1"), ("name", "'x", "not UTF-8"))]),
    "a wrong checksum": (raw(raw_header()[:-1] + b"x"), "", "tar archive, at byte 1536", "an entry", "checksum"),
    "a number that is not octal": (
        raw(raw_header(size=(124, b"00000000009\0"))), "", "tar archive", "", "the size of a header is not an octal"),
    "a base-256 number": (
        raw(raw_header(mtime=(136, b"\x80" + bytes(10) + b"\1"))), " 'x'", "header", "mtime in base-256", "recipe tar.1"),
    "a long name of GNU's": (
        with_member("x" * 120, format=tarfile.GNU_FORMAT),
        (" 'app'", "header", "the GNU format", "recipe tar.1"),
        ("xxx'", "header", "the GNU format", "recipe tar.1"),
        ("xxx'", "header", "a long name in the GNU format", "recipe tar.1")),
    "an archive that is cut": (
        layout([program_archive()[:600]]), "", "at byte 600", "an entry", "the archive ends within 'app'"),
    "a header that is cut": (layout([program_archive()[:1024] + bytes(99)]), "", "at byte 1123", "", "within a header"),
    "a size of a link": (
        raw(raw_header(size=(124, b"00000000001\0"), kind=(156, b"2"), link=(157, b"app"))),
        " 'x'", "size", "1", "no content"),
    "two extended headers": (raw(*PAX, *PAX, raw_header()), "", "tar archive", "an entry", "two extended headers"),
    "two long names": (
        raw(*LONG, *LONG, raw_header()), "", "tar archive", "an entry", "two long names"),
    "an extended header of nothing": (raw(*PAX), "", "tar archive", "the end", "has no entry"),
    "an extended header that is cut": (raw(PAX[0], b"9 path=", end=b""), "", "tar archive", "", "within an extended header"),
    "a size that is no multiple": (
        layout([program_archive() + b"\0"]), "", "tar archive", "the end", "not a multiple of 512"),
    "a global extended header": (raw(
        raw_header(size=(124, b"%011o\0" % 9), kind=(156, b"g")), b"9 gid=5x\n".ljust(512, b"\0"), raw_header()),
        "", "global extended header", "a header", "recipe tar.1 does not write it"),
    "an attribute in PAX": (pax(b"23 SCHILY.xattr.a.b=cd\n"), " 'x'", "header", "SCHILY.xattr.a.b", "recipe tar.1"),
    # What readers do not show.
    **{
        f"gzip with {what}": (layout(blob=header(change)), "", "gzip data", what, "which recipe gzip.1 does not write")
        for what, change in HEADERS.items()
    },
    "a time in a later member": (
        layout(blob=lambda blob: blob + b"\x1f\x8b\x08\0\1\0\0\0\0\xff" + gzip_member(memoryview(b""), 3)[10:]),
        "", "gzip data", "a time", "which recipe gzip.1 does not write"),
    "two of them": (
        layout(blob=header({4: b"\1", 9: b"\3"})), "", "gzip data", "a time, an operating system", "has a time, an"),
    "a frame that is skipped": (
        layout(compression="zstd", blob=lambda blob: blob + b"\x5f\x2a\x4d\x18\x05\0\0\0hello"),
        "", "zstd data", "a frame that readers skip", "which recipe zstd.1 does not write"),
    "a frame that is skipped, before all others": (
        layout(compression="zstd", blob=lambda blob: b"\x50\x2a\x4d\x18\0\0\0\0" + blob),
        "", "zstd data", "a frame that readers skip", "which recipe zstd.1 does not write"),
    "an unused bit of a frame": (
        layout(compression="zstd", blob=lambda blob: blob[:4] + bytes([blob[4] | 0x10]) + blob[5:]),
        "", "zstd data", "reserved bits", "which recipe zstd.1 does not write"),
    "bytes behind a file": (raw(raw_header(size=(124, b"%011o\0" % 5)), b"hello".ljust(511, b"\0") + b"x"),
                            "", "padding", "bytes", "what fills the last block of 'x' is not zeros"),
    "bytes behind an extended header": (
        raw(PAX[0], b"9 path=y\n".ljust(511, b"\0") + b"x", raw_header()), "", "padding", "bytes", "is not zeros"),
    "bytes behind a header": (
        raw(raw_header(end=(500, b"x"))), " 'x'", "header", "bytes after the end of the header", "recipe tar.1"),
    **{
        f"a {what} in another form": (
            raw(raw_header(field=place)), " 'x'", "header", f"{what} in another form", "recipe tar.1")
        for what, place in (
            ("mode", (100, b"0644\0\0\0\0")),
            ("uid", (108, b"  00000\0")),
            ("mtime", (136, b"00000000000 ")),
        )
    },
    **{
        f"mtime {time}": (
            pax(b"%d mtime=%d\n" % (len(b"mtime=\n") + 3 + len(str(time)), time)), " 'x'", "mtime", str(time), "9999")
        for time in (10**20 - 1, 2**63, 253_402_300_800)
    },
    "a dangling subject": (
        layout(manifest=put("subject", SUBJECT)), " subject", "blob", ZEROS, "there is no file blobs/sha256/0000"),
    "a subject that is none": (
        layout(manifest=put("subject", "x")), "blobs/sha256/", "subject", "'x'", "expected an object, got 'x'"),
    "a subject of another size": (
        layout(files=lambda files: files.update({f"blobs/sha256/{sha256(b'[]')}": b"[]"}),
               manifest=put("subject", {**SUBJECT, "digest": "sha256:" + sha256(b"[]")})), " subject", "size", "5", "2"),
    **{
        f"PAX {body!r}": (pax(body), "", "tar archive", "an entry", problem)
        for body, problem in (
            (b"garbage", "no record at byte 0"),
            (b"9 path=y\nx", "no record at byte 9"),
            (b"99 path=y\n", "no record at byte 0"),
            (b"09 path=y\n", "no record at byte 0"),
            (b"9 path=yy\n", "no record at byte 0"),
            (b"3 \n", "has no key"),
            (b"5 =a\n", "has no key"),
            (b"8 path=\n", "is empty"),
            (b"9 path=y\n9 path=z\n", "two records of 'path'"),
            (b"9 path=\0\n", "NUL"),
            (b"9 uid=1x\n", "expected a number in a record"),
            (b"9 size=x\n", "expected a number in a record"),
            (b"11 size=-1\n", "negative"),
            (b"12 size=1.5\n", "a fraction"),
            (b"%d uid=%s\n" % (5007, b"9" * 4997), "expected a number in a record"),
        )
    },
}  # fmt: skip

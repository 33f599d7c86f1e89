"""Entries of layers as Hypothesis makes them: everything that a BUILD file can ask for, and no more.

The same examples are tried each time: a test that fails on one machine fails on every machine.
"""

from __future__ import annotations

import hashlib
import io
from typing import Dict, Iterable, List, Tuple

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from scratch_image.image.capabilities import CAPABILITIES, capability_xattr
from scratch_image.oci import tar
from scratch_image.oci.tar import DirectoryEntry, Entry, FileEntry, SymlinkEntry

settings.register_profile(
    "scratch_image",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("scratch_image")

# What a path may hold (oci/grammar.py); letters that file systems fold or normalize are among it.
_CHARACTERS = st.one_of(
    st.sampled_from("aAbc.-_ ~\\'\"$*?=:;éüßıİ日🙂\u0301\u200d\ufeff"),
    st.characters(min_codepoint=0x20, exclude_categories=("Cs",), exclude_characters="/\x7f"),
)
_SHORT = st.text(_CHARACTERS, min_size=1, max_size=4)
# Around the borders of a header's fields: 100 and 155 bytes, and 255 for a component.
_LONG = st.builds(
    lambda start, letter, size: start[:4] + letter * size,
    _SHORT,
    st.sampled_from("nñ"),
    st.sampled_from((80, 94, 95, 96, 99, 100, 101, 110, 118)),
)


def _is_component(name: str) -> bool:
    return name not in (".", "..") and not name.startswith(".wh.") and len(name.encode("utf-8")) <= 255


components = st.one_of(st.sampled_from("abc"), _SHORT, _LONG).filter(_is_component)
# What ustar can still split into 155 and 100 bytes, and what it cannot.
_BORDERS = st.builds(
    lambda above, name: f"{'p' * 77}/{'q' * above}/{'n' * name}", st.integers(76, 78), st.sampled_from((1, 99, 100, 101))
)
_JOINED = st.lists(components, min_size=1, max_size=4).map("/".join)
paths = st.one_of(_JOINED, _JOINED, _JOINED, _BORDERS)
# A header's field holds up to 2^21-1; 2^32-1 is no id.
ids = st.one_of(st.sampled_from((0, 65532, 2**21 - 1, 2**21, 2**32 - 2)), st.integers(0, 2**32 - 2))
modes = st.integers(0, 0o7777)
sizes = st.one_of(st.sampled_from((0, 1, 511, 512, 513, 1024, 8191, 10239, 10240, 10241)), st.integers(0, 3000))
targets = st.one_of(paths, paths.map("/{}".format), st.sampled_from(("x" * 99, "x" * 100, "x" * 101, "ü" * 50)))
capabilities = st.one_of(
    st.just(b""),
    st.sets(st.sampled_from(sorted(CAPABILITIES)), min_size=1).map(lambda names: capability_xattr(tuple(names))),
)


def content(size: int, seed: str) -> bytes:
    return hashlib.shake_128(seed.encode("utf-8")).digest(size)


@st.composite
def _entry(draw: st.DrawFn, path: str) -> Entry:
    kind = draw(st.sampled_from("ffdl"))
    uid, gid = draw(ids), draw(ids)
    if kind == "d":
        return DirectoryEntry(path, draw(modes), uid, gid)
    if kind == "l":
        return SymlinkEntry(path, draw(targets), uid, gid)
    return FileEntry(path, path, draw(sizes), draw(modes), uid, gid, draw(capabilities))


@st.composite
def layers(draw: st.DrawFn, max_size: int = 6) -> Tuple[Entry, ...]:
    """The entries of a layer, in any order: nothing is there twice, and what is in something is in a directory."""
    kept: Dict[str, Entry] = {}
    chosen = draw(st.lists(paths, max_size=max_size, unique=True))
    # Some are in directories of others, so that these need not be made up; some sort between those and what is in them.
    chosen += [f"{draw(st.sampled_from(chosen))}/{path}" for path in draw(st.lists(components, max_size=2)) if chosen]
    chosen += [f"{draw(_JOINED)}{end}" for end in draw(st.sets(st.sampled_from(("-", ".d", " ")), max_size=2))]
    chosen = [path for path in chosen if all(map(_is_component, path.split("/")))]
    above = set().union(*map(parents, chosen)) if chosen else set()
    for path in chosen:
        if path in above:
            kept[path] = DirectoryEntry(path, draw(modes), draw(ids), draw(ids))
        else:
            kept[path] = draw(_entry(path))
    return tuple(draw(st.permutations(list(kept.values()))))


def parents(path: str) -> List[str]:
    """The directories that a path is in."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]


def contents(entries: Iterable[Entry]) -> Dict[str, bytes]:
    """The bytes of every file, by its entry's `content`."""
    files = (entry for entry in entries if isinstance(entry, FileEntry))
    return {entry.content: content(entry.size, entry.content) for entry in files}


def archive(entries: Iterable[Entry], size: int = 4096) -> bytes:
    """The archive of entries and of the directories they are in, written in pieces of a size."""
    found = contents(entries := tuple(entries))
    return b"".join(map(bytes, tar.blocks(tar.with_parents(entries), lambda entry: io.BytesIO(found[entry.content]), size)))

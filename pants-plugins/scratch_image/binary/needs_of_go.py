"""What a Go program needs, by the names of its functions."""

from __future__ import annotations

from typing import Dict, NamedTuple, Optional, Set, Tuple

from scratch_image.binary.elf import Elf
from scratch_image.binary.evidence import (
    CA,
    CACHE,
    CURRENT_USER,
    LINKED,
    LOCAL_TIME,
    MIME,
    PLUGINS,
    SUBPROCESS,
    TMP,
    TZ,
    USERS,
    Need,
)
from scratch_image.binary.scan import Range, windows

# Functions that are linked only with the need. TLS servers have `crypto/x509.loadSystemRoots` as well, so it is not here.
_FUNCTIONS: Dict[str, Tuple[str, ...]] = {
    CA: (
        "net/http.(*Transport).dialConn",
        "crypto/tls.Dial",
        "crypto/tls.DialWithDialer",
        "crypto/tls.(*Dialer).DialContext",
        "google.golang.org/grpc/credentials.(*tlsCreds).ClientHandshake",
        "crypto/x509.SystemCertPool",
    ),
    TZ: ("time.LoadLocation",),
    TMP: ("os.CreateTemp", "os.MkdirTemp", "os.TempDir"),
    USERS: (
        "os/user.Lookup",
        "os/user.LookupId",
        "os/user.LookupGroup",
        "os/user.LookupGroupId",
    ),
    CURRENT_USER: ("os/user.Current",),
    CACHE: ("os.UserCacheDir",),
    LOCAL_TIME: ("time.initLocal",),
    PLUGINS: ("plugin.Open",),
    SUBPROCESS: ("os/exec.(*Cmd).Start", "os.StartProcess", "syscall.Exec"),
    MIME: ("mime.TypeByExtension",),
}
# They call os/user.Current, and go on if it fails (os/user/lookup.go): with them, its name proves nothing.
_CALL_CURRENT = ("os/user.Lookup", "os/user.LookupId")
_EMBEDDED: Dict[str, Tuple[str, ...]] = {
    CA: ("crypto/x509.SetFallbackRoots",),
    TZ: ("time/tzdata.init.0", "time/tzdata.loadFromEmbeddedTZData"),
}
# Every program has it: a table without it is another one, or its names were changed, as garble does.
_ALWAYS = "runtime.main"
# The end of the name of a source file in every program with cgo, with -trimpath or without.
_CGO = b"runtime/cgo/callbacks.go\0"


class Linked(NamedTuple):
    """As in Needs."""

    found: Tuple[Need, ...]
    embedded: Tuple[str, ...]
    cgo: bool


def read(elf: Elf, names: Range) -> Optional[Linked]:
    """What the names at `names` show; None if they are not Go's."""
    wanted = {_ALWAYS, *(name for group in (*_FUNCTIONS.values(), *_EMBEDDED.values()) for name in group)}
    encoded = {name.encode("ascii"): name for name in wanted}
    present: Set[str] = set()
    cgo = False
    for start, window in windows(elf.data, (names,)):
        # A name at a window's edge is complete in another window, and its rest may look like another name.
        pieces = window.split(b"\0")
        whole = pieces[start > names[0] : None if start + len(window) >= names[1] else -1]
        present.update(encoded[name] for name in encoded.keys() & set(whole))
        cgo = cgo or _CGO in window
    if _ALWAYS not in present:
        return None
    if not present.isdisjoint(_CALL_CURRENT):
        present.discard("os/user.Current")
    embedded = tuple(need for need, group in _EMBEDDED.items() if present.intersection(group))
    found = []
    for need, group in _FUNCTIONS.items():
        name = next((name for name in group if name in present), None)
        if name and need not in embedded:
            found.append(Need(need, LINKED, name))
    return Linked(tuple(found), embedded, cgo)

"""What is in an image of the golden matrix once it is unpacked, said apart from the code that makes it."""

from __future__ import annotations

from pathlib import Path
from typing import Dict

import scratch_image
from tests.golden.table import DEEP, LINK, LONG, program, tree
from tests.support.trees import Node, directory, file, link


def wanted(contents: str, platform: str, data: Path) -> Dict[str, Node]:
    """`data` holds what the wheels certifi and tzdata hold."""
    binary = file(program(platform), "-rwxr-xr-x")
    if contents == "everything":
        return {**_everything(), "opt/bin/program": binary}
    return {**(_runtime(data) if contents == "runtime" else {}), "app": binary}


def _everything() -> Dict[str, Node]:
    third = {"uid": 3_000_000, "gid": 4_294_967_294}
    below = tree()
    a, b, c = DEEP.split("/")
    return {
        "bin": link("/opt/bin"),
        "empty": file(b""),
        "etc": directory(),
        "etc/motd": file("hello, wörld\n".encode(), "-rw-------", 65532, 65532),
        "grüße": directory(),
        "grüße/link": link("../etc/motd"),
        "grüße/日本 🙂.txt": file(b"names that are not ASCII\n", uid=2_097_151, gid=2_097_152),
        LONG: file(b"a long name\n"),
        "opt": directory("drwx--x--x"),
        "opt/bin": directory(),
        "p" * 90: directory(),
        f"{'p' * 90}/{'q' * 90}": file(b"a name in two fields\n"),
        a: directory(),
        f"{a}/{b}": directory(),
        f"{a}/{b}/{c}": directory(),
        f"{a}/{b}/{c}/{'d' * 90}": file(b"a long path\n", "-rwsr-xr-x"),
        "srv": directory("drwxrwsr-x", 0, 50),
        "srv-data": file(b"its name is before what is in /srv, and is written behind that\n"),
        "srv/current": link("www"),
        LINK.lstrip("/"): link(f"/{LONG}"),
        "srv/www": directory(**third),
        "srv/www/a": directory(**third),
        "srv/www/a/b.txt": file(b"b", "-rw-r-----", **third),
        "srv/www/a/large": file(below["a/large"], "-rw-r-----", **third),
        "srv/www/ü": file(below["ü"], "-rw-r-----", **third),
        "var": directory(),
        "var/lib": directory(),
        "var/lib/app": directory("drwx------", 65532, 65532),
        "ü": link("grüße"),
    }


def _runtime(data: Path) -> Dict[str, Node]:
    texts = Path(scratch_image.__file__).parent / "runtime_files" / "data"
    nodes = {f"etc/{path.name}": file(path.read_bytes()) for path in texts.iterdir()}
    nodes["etc/ssl/certs/ca-certificates.crt"] = file((data / "certifi/cacert.pem").read_bytes())
    zones = data / "tzdata/zoneinfo"
    for path in zones.rglob("*"):
        if path.is_file() and path.suffix != ".py":
            nodes[f"usr/share/zoneinfo/{path.relative_to(zones)}"] = file(path.read_bytes())
    for path in [Path(name) for name in nodes]:
        nodes.update((str(above), directory()) for above in path.parents if above.name)
    nodes.update(
        {
            "home": directory(),
            "home/nonroot": directory("drwx------", 65532, 65532),
            "root": directory("drwx------"),
            "tmp": directory("drwxrwxrwt"),
        }
    )
    return nodes

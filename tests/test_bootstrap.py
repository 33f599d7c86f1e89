"""What the launcher's installer changes in Pants, and that it does so in the pinned Pants and no other."""

from __future__ import annotations

import runpy
from importlib.util import find_spec
from pathlib import Path

import pytest

BOOTSTRAP = runpy.run_path("3rdparty/python/bootstrap.py")
LINE = "    made = make()\n"


def test_one_line_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(f"# é\n{LINE}    end()\n", encoding="utf-8")
    BOOTSTRAP["change"](path, LINE, "    made = None\n")
    assert path.read_text(encoding="utf-8") == "# é\n    made = None\n    end()\n"


@pytest.mark.parametrize("text, times", [("", 0), ("    made = make(1)\n", 0), (LINE * 2, 2)])
def test_another_pants_is_named_and_left_as_it_is(tmp_path: Path, text: str, times: int) -> None:
    path = tmp_path / "a.py"
    path.write_text(text)
    with pytest.raises(SystemExit) as ended:
        BOOTSTRAP["change"](path, LINE, "")
    assert str(ended.value) == f"pants: {path}: expected the line 'made = make()' once, found it {times} times"
    assert path.read_text() == text


@pytest.mark.parametrize("name, old, new", BOOTSTRAP["CHANGES"])
def test_the_changes_are_those_of_the_pinned_pants(tmp_path: Path, name: str, old: str, new: str) -> None:
    spec = find_spec("pants.init")
    assert spec is not None and spec.origin is not None
    path = tmp_path / name
    path.write_bytes(Path(spec.origin).with_name(name).read_bytes())
    BOOTSTRAP["change"](path, old, new)
    compile(path.read_text(), name, "exec")

"""What a process is sent is read from what its main module imports, whatever form the imports and the backend have."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from scratch_image.engine import own_files
from scratch_image.engine.own_files import code_of, files_of, own_file
from tests.support.modules import MODULES, ROOT, imports_of

# A package in which every module is imported in another way.
SAMPLE = {
    "__init__.py": "",
    "main.py": """
import os, sample.plain
from sample import member
from sample.room.inner import value as other
from . import relative
if TYPE_CHECKING:
    from sample import checked
elif sys.version_info > (3,):
    from sample import branch
if typing.TYPE_CHECKING:
    import sample.checked
else:
    import sample.otherwise
def main(arguments):
    from .lazy import run
    try:
        import sample.tried
    except ImportError:
        from sample.missing import nothing
""",
    "room/__init__.py": "from .above import name",
    "room/above.py": "from ..outside import name",
    "room/inner.py": "import third_party, sample.main",
    "room/unused.py": "raise SystemExit",
    **{
        f"{name}.py": ""
        for name in ("plain", "member", "relative", "checked", "branch", "otherwise", "lazy", "tried", "outside", "unused")
    },
}
UNSENT = {"checked.py", "unused.py", "room/unused.py"}


@pytest.fixture
def sample(tmp_path, monkeypatch):
    for path, content in SAMPLE.items():
        (tmp_path / "sample" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "sample" / path).write_text(content)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(own_files, "PACKAGE", "sample")
    yield
    for module in [name for name in sys.modules if name == "sample" or name.startswith("sample.")]:
        del sys.modules[module]


def test_every_form_of_import_is_followed(sample):
    assert files_of("sample.main") == tuple(sorted(set(SAMPLE) - UNSENT))
    assert "sample.main" not in sys.modules, "modules are read, not imported"


@pytest.mark.parametrize("main", ["sample.mane", "sample.main.main", "os.path"])
def test_a_main_module_that_does_not_exist(sample, main):
    with pytest.raises(ImportError, match=f"{main} is not a module of sample"):
        files_of(main)


@pytest.mark.parametrize("main", ["binary.__main__", "registry.__main__", "structure.__main__", "validate.__main__"])
def test_it_agrees_with_the_reader_of_the_tests(main):
    """Two readers written apart, on the real package."""
    found, waiting = set(), [f"scratch_image.{main}"]
    while waiting:
        module = waiting.pop()
        above = [module.rsplit(".", up)[0] for up in range(1, module.count(".") + 1)]
        new = {name for name in (module, *above) if name in MODULES} - found
        found |= new
        waiting.extend(imported for name in new for imported in imports_of(name))
    assert files_of(f"scratch_image.{main}") == tuple(sorted(str(MODULES[name].relative_to(ROOT)) for name in found))


def test_the_backend_may_be_a_zip_file(tmp_path):
    archive = tmp_path / "backend.zip"
    with zipfile.ZipFile(archive, "w") as written:
        for path in [*ROOT.rglob("*.py"), *ROOT.glob("*/requirements.txt")]:
            written.write(path, str(Path("scratch_image") / path.relative_to(ROOT)))
    script = (
        "from scratch_image.engine.own_files import files_of, own_file\n"
        "print(*files_of('scratch_image.certificates.__main__'), len(own_file('certificates/requirements.txt')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env={"PYTHONPATH": str(archive)}, stdout=subprocess.PIPE, check=True
    )
    *files, size = done.stdout.decode().split()
    assert tuple(files) == files_of("scratch_image.certificates.__main__")
    assert int(size) == len(own_file("certificates/requirements.txt"))


def statements(source):
    """The syntax tree of a module as text, without docstrings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and ast.get_docstring(node):
            node.body = node.body[1:] or ([] if isinstance(node, ast.Module) else [ast.Pass()])
    return ast.dump(tree)


@pytest.mark.parametrize("path", sorted(str(path.relative_to(ROOT)) for path in MODULES.values()))
def test_the_code_that_a_process_is_sent_means_the_same(path):
    assert statements(code_of(path)) == statements(own_file(path))


COMMENTED = '''"""A module."""
# A comment.
import os  # why

TEXT = """
# not a comment

  kept """  # a comment
OTHER = ("#", f"# {os.name}"
    # between
    "b")


class Empty(Exception):
    """Only a docstring."""


def f(a):
    """A docstring
    of two lines, # with a mark."""
    if a:  # a comment
        # alone
        return '"""'
    "not a docstring"
'''
SENT = '''import os
TEXT = """
# not a comment

  kept """
OTHER = ("#", f"# {os.name}"

    "b")
class Empty(Exception):
    pass
def f(a):
    if a:
        return '"""'
    "not a docstring"
'''


def test_comments_docstrings_and_blank_lines_are_not_sent(monkeypatch):
    monkeypatch.setattr(own_files, "own_file", lambda path: COMMENTED.encode())
    own_files.code_of.cache_clear()
    try:
        assert code_of("x.py").decode() == SENT
    finally:
        own_files.code_of.cache_clear()


ODD = [
    # source, what is sent
    ('def f(): "doc"\n', 'def f(): "doc"\n'),
    ('"""doc"""; x = 5\n', '"""doc"""; x = 5\n'),
    ('def f():\n    "doc"; return 5\n', 'def f():\n    "doc"; return 5\n'),
    ('x = "\x0c\u2028#"  # c\n', 'x = "\x0c\u2028#"\n'),
    ('class E(Exception):\n\t"""doc"""\n', "class E(Exception):\n\tpass\n"),
    ('class E(Exception):\n    """doc"""  # why\n', "class E(Exception):\n    pass\n"),
]


@pytest.mark.parametrize("source, want", ODD)
def test_odd_sources_keep_their_meaning(source, want, monkeypatch):
    monkeypatch.setattr(own_files, "own_file", lambda path: source.encode())
    own_files.code_of.cache_clear()
    try:
        assert code_of("x.py").decode() == want
    finally:
        own_files.code_of.cache_clear()

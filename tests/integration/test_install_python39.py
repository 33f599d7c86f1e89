"""A machine without CPython 3.9: the launcher has uv install one in its cache. uv is a stand-in here."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Dict, List

import pytest

from tests.support.repository import Repository

INSTALLER = Path("3rdparty/python/install_python39.py").resolve()

# Does what `uv python install 3.9` does, slowly, with the interpreter that runs this test.
UV = f"""\
#!/bin/sh
echo "$*" >>"$UV_LOG"
set -e
version="$UV_PYTHON_INSTALL_DIR/cpython-3.9.99-test"
mkdir -p "$version/bin"
ln -s {os.path.realpath(sys.executable)} "$version/bin/python3.9"
sleep 1
ln -s "$version" "$UV_PYTHON_INSTALL_DIR/cpython-3.9-test"
"""


def has_python39(launcher: Path) -> bool:
    """Whether this system has a CPython 3.9 where the launcher looks beside PATH."""
    return any(Path(word).exists() for word in launcher.read_text().split() if word.endswith("/bin/python3.9"))


@pytest.fixture
def machine(tmp_path: Path) -> Dict[str, str]:
    """The environment of a machine whose PATH has what the launcher calls, a newer Python and uv."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("bash", "cksum", "env", "ln", "ls", "mkdir", "sh", "sleep"):
        (tools / tool).symlink_to(str(shutil.which(tool)))
    newer = shutil.which("python3", path="/usr/bin:/usr/local/bin") or pytest.skip("no other Python 3")
    (tools / "python3").symlink_to(newer)
    (tools / "uv").write_text(UV)
    (tools / "uv").chmod(0o755)
    (tmp_path / "home").mkdir()
    return {"HOME": str(tmp_path / "home"), "PATH": str(tools), "UV_LOG": str(tmp_path / "uv.log")}


def installer(directory: Path, env: Dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["python3", str(INSTALLER), str(directory)],
        env=env,
        executable=env["PATH"] + "/python3",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_it_is_installed_once_and_nowhere_else(tmp_path: Path, machine: Dict[str, str]) -> None:
    directory = tmp_path / "cache" / "python39"
    both = [installer(directory, machine), installer(directory, machine)]
    outputs = [process.communicate() for process in both]
    python = directory / "cpython-3.9.99-test" / "bin" / "python3.9"
    assert [process.returncode for process in both] == [0, 0], outputs
    assert [out for out, _ in outputs] == [f"{python}\n"] * 2
    assert sorted(err for _, err in outputs) == [
        "",
        f"pants: no CPython 3.9 was found; uv installs one (once, in {directory})\n",
    ]
    assert Path(machine["UV_LOG"]).read_text() == "python install 3.9\n"
    assert list(Path(machine["HOME"]).iterdir()) == []
    assert sorted(path.name for path in directory.iterdir()) == ["cpython-3.9-test", "cpython-3.9.99-test", "interpreter"]


def test_a_killed_installation_is_made_good_by_two_at_once(tmp_path: Path, machine: Dict[str, str]) -> None:
    directory = tmp_path / "cache" / "python39"
    killed = installer(directory, machine)
    while not list(directory.glob("cpython-*/bin/python3.9")):
        time.sleep(0.02)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert not (directory / "interpreter").exists(), "it was ready before it was killed: this test tries nothing"

    both = [installer(directory, machine), installer(directory, machine)]
    outputs = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    assert Path(machine["UV_LOG"]).read_text() == "python install 3.9\n" * 2


def test_uv_comes_from_its_lock_if_path_has_none(tmp_path: Path, machine: Dict[str, str]) -> None:
    """The real uv starts, and its downloads are turned off, so what it says is the answer."""
    os.unlink(machine["PATH"] + "/uv")
    pip = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "HTTPS_PROXY", "SSL_CERT"))}
    process = installer(tmp_path / "cache" / "python39", {**machine, **pip, "UV_PYTHON_DOWNLOADS": "never"})
    out, err = process.communicate()
    if "neither pip nor ensurepip" in err:
        pytest.skip("the other Python 3 has no pip")
    assert (process.returncode, out) == (1, "")
    assert "/uv python install 3.9" in err


@pytest.fixture(scope="module")
def launcher(bare: Repository) -> Path:
    if has_python39(bare.root / "pants"):
        pytest.skip("this system has a CPython 3.9 in one of its usual places")
    return bare.root / "pants"


def launch(launcher: Path, env: Dict[str, str]) -> subprocess.CompletedProcess[str]:
    args: List[str] = [str(launcher), "--no-pantsd", "--version"]
    return subprocess.run(args, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_launcher_runs_on_the_python_that_uv_installs(launcher: Path, machine: Dict[str, str], tmp_path: Path) -> None:
    """The installer of Pants is replaced: it makes what the launcher starts, and says by what it was run."""
    checkout = tmp_path / "checkout"
    python = checkout / "3rdparty" / "python"
    shutil.copytree(launcher.parent / "3rdparty" / "python", python)
    shutil.copy(launcher, checkout)
    (python / "bootstrap.py").write_text(
        "import os, sys\n"
        "os.makedirs(sys.argv[1] + '/bin')\n"
        "open(sys.argv[1] + '/ready.sh', 'w').write('echo ' + sys.executable + '; exit\\n')\n"
    )
    done = launch(checkout / "pants", machine)
    interpreter = f"{machine['HOME']}/.cache/scratch_image/python39/cpython-3.9.99-test/bin/python3.9\n"
    assert (done.returncode, done.stdout) == (0, interpreter), done.stderr
    assert "uv installs one" in done.stderr
    again = launch(checkout / "pants", machine)
    assert (again.returncode, again.stdout, again.stderr) == (0, interpreter, "")


def test_a_refusal_of_uv_is_passed_on_with_what_to_do(launcher: Path, machine: Dict[str, str]) -> None:
    Path(machine["PATH"], "uv").write_text("#!/bin/sh\necho 'the network is unreachable' >&2\nexit 2\n")
    done = launch(launcher, machine)
    assert (done.returncode, done.stdout) == (1, "")
    assert "the network is unreachable\npants: exit status 2: " in done.stderr
    assert "no CPython 3.9 was found, and none could be installed" in done.stderr
    assert "uv python install 3.9" in done.stderr and "PANTS_PYTHON=" in done.stderr


def test_without_any_python_it_says_what_to_install(launcher: Path, machine: Dict[str, str]) -> None:
    os.unlink(machine["PATH"] + "/python3")
    done = launch(launcher, machine)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("pants: no CPython 3.9 was found")
    assert "uv python install 3.9" in done.stderr and "PANTS_PYTHON=" in done.stderr

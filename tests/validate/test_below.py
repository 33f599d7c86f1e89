"""A directory such as `dist/` stands for the images below it; a path that is nothing is named as such."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, List, Tuple

import pytest

from scratch_image.layout.below import images_below
from scratch_image.layout.problems import Unreadable, reason
from scratch_image.validate.__main__ import main
from tests.support.dist import dist as made
from tests.support.layouts import layout, write


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """As `package` leaves it: images beside each other, and what other targets make."""
    made().write(tmp_path / "src.hello" / "image")
    made(written=("report",)).write(tmp_path / "src.other" / "image")
    write(layout(), tmp_path / "by" / "hand")
    (tmp_path / "src.web").mkdir()
    for name in ("index.json", "image.tar", "app"):
        (tmp_path / "src.web" / name).write_bytes(b"{}")
    (tmp_path / "src.web" / "oci").mkdir()
    (tmp_path / "link").symlink_to("src.hello")
    return tmp_path


def told(capfd: pytest.CaptureFixture, path: Path) -> List[str]:
    return [line.replace(f"{path}/", "").replace(str(path), ".") for line in capfd.readouterr().out.splitlines()]


def test_all_images_below_a_directory_are_checked(dist: Path, capfd: pytest.CaptureFixture) -> None:
    assert images_below(str(dist)) == [str(dist / place) for place in ("by/hand", "src.hello/image", "src.other/image")]
    assert main([str(dist)]) == 0
    assert [line.partition(": ")[0] for line in told(capfd, dist)] == [
        "by/hand",
        *("src.hello/image/oci", "src.hello/image/image.tar"),
        *("src.other/image/oci", "src.other/image/image.tar", "src.other/image/image.json"),
    ]


def test_one_that_is_cut_short_is_found_as_well(dist: Path, capfd: pytest.CaptureFixture) -> None:
    for name in ("image.json", "oci/oci-layout", "oci/index.json"):
        (dist / "src.hello" / "image" / name).unlink()
    assert main(["--quick", str(dist)]) == 2
    assert "src.hello/image: image.json: file: there is no such file" in capfd.readouterr().err


def test_what_is_no_image_and_has_none_below_it(dist: Path, capfd: pytest.CaptureFixture) -> None:
    (dist / "empty").mkdir()
    assert main([str(dist / "empty"), str(dist / "by")]) == 2
    seen = capfd.readouterr()
    assert seen.err == f"{dist}/empty: it is not an image, and there is none below it\n"
    assert "by/hand: ok" in seen.out


def test_the_search_is_bounded(dist: Path) -> None:
    with pytest.raises(Unreadable, match="too many files to look for images below it; name the directory of an image"):
        images_below(str(dist), most=3)


# A path below the fixture, what is said of it, reason.
PATHS: List[Tuple[Callable[[Path], str], str, str]] = [
    (lambda path: str(path / "nope"), "there is no such file or directory", "misspelt"),
    (lambda path: str(path / "src.web" / "app" / "x"), "Not a directory", "below a file"),
    (lambda path: str(path / "src.web" / "app"), "it is neither a directory nor a tar archive that can be read", "a file"),
    (lambda path: str(path / ("x" * 300)), "File name too long", "no name that a file system has"),
    (lambda path: "", "there is no such file or directory", "an empty variable in a shell"),
]


@pytest.mark.parametrize(("path", "said", "why"), PATHS, ids=[row[2] for row in PATHS])
def test_a_path_that_cannot_be_read(
    dist: Path, capfd: pytest.CaptureFixture, path: Callable[[Path], str], said: str, why: str
) -> None:
    assert main([path(dist)]) == 2
    text = capfd.readouterr().err
    assert text.startswith(f"{path(dist)}: {said}") and "Errno" not in text and text.count("\n") == 1


def test_a_reason_names_another_file() -> None:
    assert reason(PermissionError(13, "Permission denied", "a/b"), "a") == "Permission denied: a/b"
    assert reason(OSError("plain"), "a") == "plain"


def test_a_report_alone_is_not_called_an_image(dist: Path, capfd: pytest.CaptureFixture) -> None:
    assert main([str(dist / "src.other" / "image")]) == 0
    *_, line = told(capfd, dist)
    assert line.partition(": ")[2] == (
        "ok: the report is in its form; no image was written, so nothing that it states was derived"
    )


def test_the_usage_names_the_command(capfd: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit):
        main([])
    assert capfd.readouterr().err.startswith("usage: scratch-image validate [-h]")

"""Pins down what the structure process says and how it ends, for packages as `package` writes them."""

from __future__ import annotations

import pytest

from scratch_image.oci.platform import Platform
from scratch_image.structure.__main__ import main
from scratch_image.structure.expectations import ConfigExpectation, Expectations, FileExpectation
from tests.support.layouts import image, index_of, layout, program_archive
from tests.support.packages import finding, write_package
from tests.support.programs import AARCH64, elf

PROGRAM = f"a file (mode 0755, 0:0, {len(elf())} bytes)"
ONE = layout()
ARM64 = image((program_archive(elf(AARCH64)),), platform=Platform("linux", "arm64", "v8"))
TWO = index_of(image(), ARM64)
ROOT = (ConfigExpectation("user", None, ("0:0",)),)

RUNS = [
    # files of the layout, expectations, exit status, the message, reason
    (ONE, {"absent": ("/bin/sh",)}, 0, "i: 1 expectation holds on linux/amd64\n", "all holds"),
    (TWO, {"absent": ("/bin/sh",)}, 0, "i: 1 expectation holds on linux/amd64, linux/arm64/v8\n", "on every platform"),
    (
        ONE,
        {"absent": ("/app",), "config": ROOT},
        1,
        f"i linux/amd64   (- expected, + found)\n  file /app\n    expected nothing, found {PROGRAM}\n"
        '  config user\n    - "0:0"\n    + "65532:65532"\n',
        "something differs",
    ),
    (
        TWO,
        {"config": ROOT},
        1,
        'i linux/amd64   (- expected, + found)\n  config user\n    - "0:0"\n    + "65532:65532"\n\n'
        'i linux/arm64/v8   (- expected, + found)\n  config user\n    - "0:0"\n    + "65532:65532"\n',
        "on each platform",
    ),
    (
        TWO,
        {"config": (ConfigExpectation("platform", None, ("linux/amd64",)),)},
        1,
        'i linux/arm64/v8   (- expected, + found)\n  config platform\n    - "linux/amd64"\n    + "linux/arm64/v8"\n',
        "on one of them",
    ),
    (TWO, {"platform": "linux/arm64", "absent": ("/a",)}, 0, "i: 1 expectation holds on linux/arm64/v8\n", "one of them"),
    (
        TWO,
        {"platform": "linux/s390x", "absent": ("/a",)},
        1,
        "i linux/s390x   (- expected, + found)\n  platform\n    expected linux/s390x, found linux/amd64, linux/arm64/v8\n"
        "    the option [scratch-image].platforms left out linux/riscv64\n",
        "none of them",
    ),
    (
        ONE,
        {"files": (FileExpectation("/ä"),)},
        1,
        "i linux/amd64   (- expected, + found)\n  file /ä\n    expected something there, found nothing\n",
        "what is not ASCII",
    ),
]


@pytest.mark.parametrize("files, expectations, status, said, reason", RUNS, ids=[row[4] for row in RUNS])
def test_runs(files, expectations, status, said, reason, tmp_path, capfdbinary):
    package = write_package(files, tmp_path / "package", omitted=["linux/riscv64"])
    (tmp_path / "expectations.json").write_bytes(Expectations("i", **expectations).to_json())
    assert main([str(tmp_path / "expectations.json"), package]) == status
    assert capfdbinary.readouterr().out.decode() == said


def test_findings(tmp_path, capfdbinary):
    package = write_package(TWO, tmp_path, [finding("warning", "SR041", ":bin needs zones", "add them")])
    (tmp_path / "expectations.json").write_bytes(Expectations("i", platform="linux/amd64", max_severity="none").to_json())
    assert main([str(tmp_path / "expectations.json"), package]) == 1
    assert capfdbinary.readouterr().out == (
        b"i linux/amd64   (- expected, + found)\n  finding SR041\n"
        b"    expected no finding, found a finding of severity warning\n"
        b"    :bin needs zones\n    fix: add them\n"
    )


def test_a_package_that_can_not_be_read_does_not_pass(tmp_path, capfdbinary):
    package = write_package(ONE, tmp_path)
    (tmp_path / "oci" / "index.json").unlink()
    (tmp_path / "expectations.json").write_bytes(Expectations("i", absent=("/a",)).to_json())
    assert main([str(tmp_path / "expectations.json"), package]) == 1
    assert capfdbinary.readouterr().out == (
        b"i cannot be read; package it again:\n  index.json: file: there is no such file\n"
    )

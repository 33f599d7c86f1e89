"""Pins down the certificates process: what it writes, what it says, and when it fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import scratch_image
from scratch_image.certificates.__main__ import main
from scratch_image.certificates.facts import BundleFacts, CertificateFacts
from scratch_image.certificates.pem import encode
from tests.support.certificates import Issued

ONE, TWO = (encode("CERTIFICATE", Issued(name).der) for name in ("One", "Two"))


@pytest.fixture(autouse=True)
def directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, content in (("one", ONE), ("two", TWO), ("both", ONE + TWO), ("bad", b"hello"), ("base", b"# base\n" + ONE)):
        (tmp_path / name).write_bytes(content)
    return tmp_path


def facts(capfdbinary):
    return BundleFacts.from_json(capfdbinary.readouterr().out)


@pytest.mark.parametrize(
    "args, want, names",
    [
        (["-", "ca.pem", "one"], ONE, ["CN=One"]),
        (["-", "b.pem", "two", "a.pem", "one"], TWO + ONE, ["CN=Two", "CN=One"]),
        (["-", "a.pem", "one", "b.pem", "both"], ONE + TWO, ["CN=One", "CN=Two"]),
        (["base", "a.pem", "both"], b"# base\n" + ONE + TWO, ["CN=One", "CN=Two"]),
        (["base"], b"# base\n" + ONE, []),
    ],
)
def test_a_bundle(args, want, names, directory, capfdbinary):
    before = set(os.listdir(directory))
    assert main(args) == 0
    found = facts(capfdbinary)
    assert [item.subject for item in found.certificates] == names and found.mistakes == ()
    assert (directory / "bundle.pem").read_bytes() == want
    assert set(os.listdir(directory)) - before == {"bundle.pem"}, "something was left behind"


def test_mistakes_are_an_answer_and_there_is_no_bundle(directory, capfdbinary):
    before = set(os.listdir(directory))
    assert main(["-", "src/one.pem", "one", "src/Grüße.pem", "bad", "x.pem", "bad"]) == 0
    said = ": it has no certificate: no line is -----BEGIN CERTIFICATE-----."
    assert facts(capfdbinary) == BundleFacts((), (f"src/Grüße.pem{said}", f"x.pem{said}"))
    assert set(os.listdir(directory)) == before


@pytest.mark.parametrize(
    "args, said",
    [
        (["-", "ca.pem", "missing"], "missing"),
        (["missing", "ca.pem", "one"], "missing"),
        (["-", "ca.pem", "."], "directory"),
    ],
)
def test_a_file_that_can_not_be_read(args, said, capfd):
    assert main(args) == 1
    out, err = capfd.readouterr()
    assert out == "" and said in err and len(err.splitlines()) == 1


def test_a_file_that_can_not_be_written(directory, capfd):
    (directory / "bundle.pem").mkdir()
    assert main(["-", "ca.pem", "one"]) == 1
    assert "the certificates could not be bundled: " in capfd.readouterr().err


def test_a_damaged_base(directory, capfd):
    (directory / "base").write_bytes(ONE[:-10])
    assert main(["base", "ca.pem", "one"]) == 1
    assert "the base of the bundle, line 1: " in capfd.readouterr().err
    assert not (directory / "bundle.pem").exists()


def test_without_the_library():
    """The interpreter starts isolated, and nothing puts the library on its path."""
    script = "import sys; sys.path.insert(0, sys.argv[1]); sys.modules['cryptography'] = None\n"
    script += "from scratch_image.certificates.__main__ import main; sys.exit(main(['-', 'ca.pem', 'one']))"
    command = [sys.executable, "-ISB", "-c", script, str(Path(scratch_image.__file__).parent.parent)]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert (result.returncode, result.stdout) == (1, b"")
    assert b"the library that reads certificates cannot be loaded: " in result.stderr
    assert len(result.stderr.splitlines()) == 1


FACTS = [
    BundleFacts((), ()),
    BundleFacts((), ("ca.pem, line 1: “wrong”.", "b.pem: empty.")),
    BundleFacts((CertificateFacts("CN=ü\\,", "ab" * 32, "2020-01-01T00:00:00Z", "9999-12-31T23:59:59Z"),) * 2, ()),
]


@pytest.mark.parametrize("facts", FACTS)
def test_facts_survive_their_json(facts):
    assert BundleFacts.from_json(facts.to_json()) == facts


def test_facts_as_a_report():
    (first, _) = FACTS[2].to_dict()["certificates"]
    assert first == {
        "subject": "CN=ü\\,",
        "sha256": "ab" * 32,
        "notBefore": "2020-01-01T00:00:00Z",
        "notAfter": "9999-12-31T23:59:59Z",
    }

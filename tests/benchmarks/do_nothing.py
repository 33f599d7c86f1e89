"""A backend for Pants whose packages cost nothing: what is left of a run's time is that of Pants.

`tests/benchmarks/monorepo.py` writes it into a repository of its own, as `do_nothing/register.py`. Its rule
reads no file, starts no process, and gives one small file.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from pants.core.goals.package import BuiltPackage, BuiltPackageArtifact, OutputPathField, PackageFieldSet
from pants.engine.fs import CreateDigest, Digest, FileContent
from pants.engine.rules import Get, collect_rules, rule
from pants.engine.target import COMMON_TARGET_FIELDS, Dependencies, DictStringToStringField, Target
from pants.engine.unions import UnionRule
from pants.option.option_types import IntListOption, StrOption
from pants.option.subsystem import Subsystem


class DoNothing(Subsystem):
    options_scope = "do-nothing"
    help = "What is written into every package."

    user = StrOption(default="65532:65532", help="A text that is in every package.")
    sizes = IntListOption(default=[], help="Of further files in every package: how many bytes each of them has.")


class LabelsField(DictStringToStringField):
    alias = "image_labels"
    help = "A text that is in the package."


class NothingTarget(Target):
    alias = "nothing"
    core_fields = (*COMMON_TARGET_FIELDS, Dependencies, LabelsField, OutputPathField)
    help = "A package that costs nothing."


@dataclass(frozen=True)
class NothingFieldSet(PackageFieldSet):
    required_fields = (LabelsField,)

    labels: LabelsField
    output_path: OutputPathField


@functools.cache
def zeros(size: int) -> bytes:
    """The same object for all packages."""
    return bytes(size)


@rule
async def package_nothing(field_set: NothingFieldSet, options: DoNothing) -> BuiltPackage:
    path = field_set.output_path.value_or_default(file_ending="txt")
    files = [FileContent(path, f"{options.user} {field_set.labels.value}".encode())]
    files.extend(FileContent(f"{path}.d/{number}", zeros(size)) for number, size in enumerate(options.sizes))
    digest = await Get(Digest, CreateDigest(files))
    return BuiltPackage(digest, (BuiltPackageArtifact(path),))


def target_types():
    return [NothingTarget]


def rules():
    return [*collect_rules(), UnionRule(PackageFieldSet, NothingFieldSet)]

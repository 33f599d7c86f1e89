"""The target `scratch_image` and the options `[scratch-image]` live together, which Pants' own check would not allow."""

from __future__ import annotations

from pants.build_graph.build_configuration import BuildConfiguration
from pants.option.scope import normalize_scope
from pants.testutil.rule_runner import RuleRunner

from scratch_image import register
from scratch_image.targets.options import ScratchImageSubsystem
from scratch_image.targets.scratch_image import ScratchImageTarget
from tests.support.rule_runner import build, image_runner

BUILD = 'file(name="bin", source="hello")\nscratch_image(name="image", binary=":bin")'


def test_the_backend_loads_with_both_names() -> None:
    builder = BuildConfiguration.Builder()
    builder.register_rules("scratch_image", register.rules())
    builder.register_target_types("scratch_image", register.target_types())
    configuration = builder.create()
    assert ScratchImageSubsystem in configuration.all_subsystems
    assert (ScratchImageSubsystem.options_scope, ScratchImageTarget.alias) == ("scratch-image", "scratch_image")


def test_pants_would_refuse_plain_strings() -> None:
    """If this fails, Pants tells the two apart by itself, and `_OptionsScope` can go."""
    assert normalize_scope("scratch-image") == normalize_scope(ScratchImageTarget.alias)


def test_an_option_is_read_from_a_flag_a_file_and_the_environment() -> None:
    def fails_for(runner: RuleRunner) -> bool:
        try:
            build(runner, "src", BUILD)
        except Exception as error:
            return "option `[scratch-image].user`: 'not one'" in str(error)
        return False

    flag = image_runner("--scratch-image-user=not one")
    variable = image_runner(env={"PANTS_SCRATCH_IMAGE_USER": "not one"})
    file = image_runner()
    file.write_files({"options.toml": '[scratch-image]\nuser = "not one"\n'})
    file.set_options([f"--pants-config-files={file.build_root}/options.toml"], env_inherit={"HOME", "PATH"})
    assert [fails_for(runner) for runner in (flag, variable, file)] == [True, True, True]

"""What a process of ours is sent, laid out in a directory as in a sandbox."""

from __future__ import annotations

from pathlib import Path

from scratch_image.engine.own_files import PACKAGE, code_of
from scratch_image.engine.tool import FIRST, SOURCES, WORKER, Tool


def stage(tool: Tool, directory: Path) -> None:
    """Writes the files of a tool and the first file of every process, and nothing else."""
    stage_tree(FIRST, directory / WORKER)
    stage_tree(tool, directory / SOURCES)


def stage_tree(tool: Tool, tree: Path) -> None:
    """Writes the files of a tool to a tree."""
    for path in tool.files:
        target = tree / PACKAGE / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(code_of(path))

"""What a worker does with an action: inputs from the storage, the command, outputs into the storage.

The rules are those of build/bazel/remote/execution/v2/remote_execution.proto, messages `Command` and `ActionResult`: the
command starts in `working_directory` of the input root, or in the root; the parents of all outputs are there before it
starts; its environment is what it says, and PATH and HOME from here; an output that it does not make is left out.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Optional

import grpc
from buildgrid._protos.build.bazel.remote.execution.v2.remote_execution_pb2 import Action, ActionResult, Command
from buildgrid.server.client.cas import Uploader
from inputs import Inputs

# Where the programs of a Debian system are. Pants' processes need a HOME to keep what they like to keep.
_PATH = "/usr/local/bin:/usr/bin:/bin"
# What a shell says of a command that it cannot find, and `timeout` of one that took too long.
_NOT_FOUND, _TOO_LONG = 127, 124


class Lost(Exception):
    """This worker is to be lost now."""


class Worker:
    """Runs actions of one server. `store` is a directory for blobs that it has read. May be used by several threads."""

    def __init__(self, address: str, store: Path, lost_at: Optional[str] = None) -> None:
        self._address = address
        self._store = store
        self._lost_at = lost_at

    def run(self, action: Action) -> ActionResult:
        """Raises Lost; and what the storage raises, where it does not have what the action names."""
        with grpc.insecure_channel(self._address) as channel, tempfile.TemporaryDirectory() as scratch:
            root, home = Path(scratch) / "root", Path(scratch) / "home"
            home.mkdir()
            inputs = Inputs(channel, self._store)
            command = Command.FromString(inputs.read(action.command_digest))
            if self._lost_at and any(self._lost_at in argument for argument in command.arguments):
                raise Lost
            inputs.lay_out(action.input_root_digest, root)
            result = ActionResult()
            directory = root / command.working_directory
            self._execute(action, command, directory, home, result)
            uploader = Uploader(channel)
            try:
                result.stdout_digest.CopyFrom(uploader.upload_file(f"{scratch}/stdout"))
                result.stderr_digest.CopyFrom(uploader.upload_file(f"{scratch}/stderr"))
                _collect(command, directory, uploader, result)
                uploader.flush()
            finally:
                uploader.close()
            return result

    def _execute(self, action: Action, command: Command, directory: Path, home: Path, result: ActionResult) -> None:
        for output in (*command.output_paths, *command.output_files, *command.output_directories):
            (directory / output).parent.mkdir(parents=True, exist_ok=True)
        env = {"PATH": _PATH, "HOME": str(home)}
        env.update((variable.name, variable.value) for variable in command.environment_variables)
        timeout = action.timeout.ToTimedelta().total_seconds() or None
        with open(home.parent / "stdout", "wb") as stdout, open(home.parent / "stderr", "wb") as stderr:
            try:
                done = subprocess.run(
                    list(command.arguments),
                    cwd=directory,
                    env=env,
                    stdin=subprocess.DEVNULL,
                    stdout=stdout,
                    stderr=stderr,
                    timeout=timeout,
                )
                # A signal's number is below 0 here, and above 128 for a shell.
                result.exit_code = done.returncode if done.returncode >= 0 else 128 - done.returncode
            except subprocess.TimeoutExpired:
                stderr.write(f"It took longer than {timeout:g} s.\n".encode())
                result.exit_code = _TOO_LONG
            except OSError as error:
                stderr.write(f"{command.arguments[0]}: {error.strerror}\n".encode())
                result.exit_code = _NOT_FOUND


def _collect(command: Command, directory: Path, uploader: Uploader, result: ActionResult) -> None:
    """What there is of the outputs that the command names. A link is a link, whatever it leads to."""
    for output in (*command.output_paths, *command.output_files, *command.output_directories):
        path = directory / output
        if path.is_symlink():
            result.output_symlinks.add(path=output, target=os.readlink(path))
        elif path.is_dir():
            result.output_directories.add(path=output, tree_digest=uploader.upload_tree(str(path)))
        elif path.is_file():
            digest = uploader.upload_file(str(path))
            result.output_files.add(path=output, digest=digest, is_executable=os.access(path, os.X_OK))

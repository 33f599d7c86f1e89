"""What signs in the publishing process: a key, or a command for those whose key is where nobody can read it (a KMS).

The command is called with the digest of the manifest as its last argument. It reads the statement to sign (in-toto, JSON) on
its standard input and writes a Sigstore bundle to its standard output.
"""

from __future__ import annotations

from typing import Callable, Optional, Sequence, Tuple

from scratch_image.layout.limits import ATTACHED
from scratch_image.oci.digest import Digest
from scratch_image.oci.numbers import counted
from scratch_image.oci.spec import Descriptor
from scratch_image.oci.text import printable
from scratch_image.registry import program
from scratch_image.registry.artifact import Artifact
from scratch_image.registry.deadline import Deadline
from scratch_image.registry.environment import Environment
from scratch_image.registry.errors import RegistryError
from scratch_image.registry.layout import Document
from scratch_image.registry.plan import PushPlan
from scratch_image.sign import payloads as sign
from scratch_image.sign.bundle import attached, bundle, read_bundle
from scratch_image.sign.errors import SigningError
from scratch_image.sign.key_source import read_file, signing_key
from scratch_image.sign.keys import PublicKey, SigningKey, read_public_key
from scratch_image.sign.payloads import Payload
from scratch_image.sign.statement import read_statement

_SHOWN = 500
# Bytes of a bundle beside its payload: certificates, timestamps, an entry of a log.
_REST = 1 << 20


class Signer:
    """Signs statements. `key` is what verifies them; `always_same` is whether a statement always has the same bundle."""

    always_same = False

    def __init__(self, key: PublicKey) -> None:
        self.key = key

    def payloads(self, document: Document, artifacts: Sequence[Artifact]) -> Tuple[Payload, ...]:
        """What is signed of a manifest or index, to which artifacts are attached. Raises RegistryError."""
        found = (
            sign.Document(each.digest, each.artifact_type, each.document.only_blob)
            for each in artifacts
            if sign.is_signed(each.artifact_type)
        )
        try:
            return tuple(sign.payloads(document.digest, found, ATTACHED))
        except SigningError as error:
            raise RegistryError(error.text, error.cure) from None

    def artifact(self, document: Document, payload: Payload) -> Artifact:
        """The signature of a payload on a manifest or index. Raises RegistryError."""
        predicate_type, content = payload
        subject = Descriptor(document.media_type, document.digest, len(document.content))
        return Artifact.of(attached(subject, self.bundle(document.digest, content), predicate_type))

    def bundle(self, subject: Digest, payload: bytes) -> bytes:
        """The bundle of a statement on a manifest. Raises RegistryError."""
        raise NotImplementedError

    def has_signed(self, content: bytes, payload: bytes) -> bool:
        """Whether a bundle is by this key, and states what a payload does."""
        try:
            found = read_bundle(content, ATTACHED)
            return found.is_by(self.key) and read_statement(found.payload, ATTACHED) == read_statement(payload, ATTACHED)
        except ValueError:
            return False


class KeySigner(Signer):
    """Signs with a private key."""

    always_same = True

    def __init__(self, key: SigningKey) -> None:
        super().__init__(key.public)
        self._key = key

    def bundle(self, subject: Digest, payload: bytes) -> bytes:
        """See Signer.bundle."""
        try:
            return bundle(payload, self._key)
        except SigningError as error:
            raise RegistryError(error.text, error.cure) from None


class CommandSigner(Signer):
    """Signs by a command, which has another key at hand."""

    def __init__(self, plan: PushPlan, key: PublicKey, environment: Environment, deadline: Deadline) -> None:
        super().__init__(key)
        self._command = plan.signing_command
        self._directory = plan.signing_directory
        self._environment = environment
        self._deadline = deadline

    def bundle(self, subject: Digest, payload: bytes) -> bytes:
        """See Signer.bundle."""
        what = f"the signing command {self._command[0]}"
        output = self._output(what, subject, payload)
        if self.has_signed(output, payload):
            return output
        try:
            found = read_bundle(output, ATTACHED)
        except ValueError as error:
            text = f"{what} did not write a Sigstore bundle: {printable(str(error))}"
            raise RegistryError(
                text, "let it write a bundle (version 0.3) to its standard output, and nothing else"
            ) from None
        if not found.is_by(self.key):
            cure = "give the public key of that command in [scratch-image].signing_public_key"
            raise RegistryError(f"{what} signed with another key than signing_public_key", cure)
        cure = "let it sign the statement that it gets on its standard input"
        raise RegistryError(f"{what} signed another statement than the one about {subject}", cure)

    def _output(self, what: str, subject: Digest, payload: bytes) -> bytes:
        # A bundle holds the payload in base64.
        most = 2 * len(payload) + _REST
        command = [*self._command, str(subject)]
        environment = self._environment
        try:
            ran = program.run(command, payload, environment.variables, most, self._deadline.check, self._directory)
        except OSError as error:
            cure = "correct [scratch-image].signing_command"
            raise RegistryError(f"{what} cannot be started: {error.strerror}", cure) from None
        except program.TooMuch:
            cure = "let it write a bundle to its standard output, and nothing else"
            raise RegistryError(f"{what} wrote more than {counted(most, 'byte')}", cure) from None
        if ran.status:
            # Of what it was given, its variables for one, it may repeat anything.
            errors = environment.secrets.foreign(ran.errors.decode("utf-8", "replace"))
            said = printable(" ".join(errors.split()))[-_SHOWN:]
            text = f"{what} failed with exit status {ran.status}: {said or 'it said nothing'}"
            raise RegistryError(text, f"run it yourself: it gets {subject} as its last argument, and a statement to sign")
        return ran.output


def signer(plan: PushPlan, environment: Environment, deadline: Deadline, notice: Callable[[str], None]) -> Optional[Signer]:
    """What signs as a plan says; None if nothing does. Raises RegistryError."""
    try:
        if plan.signing_key:
            return KeySigner(signing_key(plan.signing_key, environment.variables, notice, environment.secrets.add))
        if plan.signing_command:
            path = plan.signing_public_key or ""
            key = read_public_key(read_file(path, "the public key"), f"the public key {path}")
            return CommandSigner(plan, key, environment, deadline)
    except SigningError as error:
        raise RegistryError(error.text, error.cure) from None
    return None

"""What an image says of itself to those who run it or look at it."""

from __future__ import annotations

from pants.util.strutil import help_text

from scratch_image.targets.kinds import DictField, ListField, TextField


class ScratchImageExposedPortsField(ListField):
    alias = "exposed_ports"
    help = help_text(
        """
        Ports that the program listens on: `["8080", "53/udp"]`. A port without a protocol is tcp.

        This documents the image, and tools such as `docker run -P` read it; it opens nothing by itself.
        """
    )


class ScratchImageVolumesField(ListField):
    alias = "volumes"
    help = help_text(
        """
        Absolute paths where data is to be mounted: `["/data"]`. Docker mounts a new volume there if nothing else is.
        """
    )


class ScratchImageStopSignalField(TextField):
    alias = "stop_signal"
    help = help_text(
        """
        The signal that asks the program to stop: a name such as `SIGINT` or `SIGRTMIN+3`, or a number. By default the image
        says nothing, and runtimes send SIGTERM.
        """
    )


class ScratchImageLabelsField(DictField):
    alias = "image_labels"
    help = help_text(
        """
        Labels of the image's configuration: `{"org.opencontainers.image.title": "hello"}`. Container tools show and
        filter by them. A change of a label changes the image's digest, and moves none of its layers.

        A value may take those of environment variables that `[scratch-image].env_vars` names: `{env.GIT_SHA}`.
        """
    )


class ScratchImageAnnotationsField(DictField):
    alias = "annotations"
    help = help_text(
        """
        Annotations of the image's manifest: `{"org.opencontainers.image.source": "https://example.org/hello"}`. Registries
        show them; a running container does not see them.

        A value may take those of environment variables that `[scratch-image].env_vars` names: `{env.GIT_SHA}`.
        """
    )


class ScratchImageCreatedField(TextField):
    alias = "created"
    help = help_text(
        """
        When the image says that it was made, as a date and time of RFC 3339: `2024-05-01T00:00:00Z`.

        Default: the environment variable SOURCE_DATE_EPOCH (seconds since 1970) if it is set, else the option
        `[scratch-image].created`, which is `1970-01-01T00:00:00Z`. The clock is never read, so that the same inputs give
        the same digest. Files in the image are always dated 1970-01-01.
        """
    )

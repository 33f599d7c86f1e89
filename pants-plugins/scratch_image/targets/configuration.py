"""What an image states about itself to those who run it or look at it."""

from __future__ import annotations

from scratch_image.targets.kinds import DictField, ListField, TextField


class ScratchImageExposedPortsField(ListField):
    """Ports that the program listens on, for example `["8080", "53/udp"]`. A port without a protocol is tcp. Default: none.

    They document the image, and tools such as `docker run -P` read them; they open nothing by themselves.
    """

    alias = "exposed_ports"


class ScratchImageVolumesField(ListField):
    """Absolute paths where data is to be mounted, for example `["/data"]`. Docker mounts a new volume there if nothing else
    is mounted. Default: none."""

    alias = "volumes"


class ScratchImageStopSignalField(TextField):
    """The signal that asks the program to stop: a name such as `SIGINT` or `SIGRTMIN+3`, or a number. Default: not set, and
    runtimes send SIGTERM."""

    alias = "stop_signal"


class ScratchImageLabelsField(DictField):
    """Labels of the image's configuration, for example `{"org.opencontainers.image.title": "hello"}`. Container tools show
    them and filter by them. If a label changes, the image's digest changes, but none of its layers. Default: none.

    A value may contain the values of environment variables that `[scratch-image].env_vars` names, for example
    `{env.GIT_SHA}`.
    """

    alias = "image_labels"


class ScratchImageAnnotationsField(DictField):
    """Annotations of the image's manifest, for example `{"org.opencontainers.image.source": "https://example.org/hello"}`.
    Registries show them; a running container does not see them. Default: none.

    A value may contain the values of environment variables that `[scratch-image].env_vars` names, for example
    `{env.GIT_SHA}`.
    """

    alias = "annotations"


class ScratchImageCreatedField(TextField):
    """The creation date of the image, as a date and time of RFC 3339: `2024-05-01T00:00:00Z`.

    Default: the environment variable SOURCE_DATE_EPOCH (seconds since 1970) if it is set, else the option
    `[scratch-image].created`, which is `1970-01-01T00:00:00Z`. The clock is never read, so the same inputs give the same
    digest. Files in the image are always dated 1970-01-01.
    """

    alias = "created"


FIELDS = (
    ScratchImageExposedPortsField,
    ScratchImageVolumesField,
    ScratchImageStopSignalField,
    ScratchImageLabelsField,
    ScratchImageAnnotationsField,
    ScratchImageCreatedField,
)

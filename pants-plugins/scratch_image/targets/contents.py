"""What is in an image in addition to its program."""

from __future__ import annotations

from pants.engine.target import AsyncFieldMixin

from scratch_image.targets.kinds import DictField, ListField


class ScratchImageFilesField(DictField, AsyncFieldMixin):
    """More files: path in the image → the address of a target that makes them, or `{"from": ":a", "mode": "0640", "owner":
    "0:0"}`, or `{"text": "…"}`. Default: none.

    A target with one file is written to the path itself. The files of any other target (`files`, a directory) are written
    below the path, each with its path below the target's own directory; so is every target if the path ends in `/`. Modes
    are 0644, or 0755 for files whose source is executable; owners are 0:0. Nothing is taken from the machine. Executables
    are checked like the program itself.

    Each address makes a layer of its own, which images share; texts, `directories` and `symlinks` make one together.
    """

    alias = "files"


class ScratchImageDirectoriesField(DictField):
    """Directories: path in the image → `{"mode": "0750", "owner": "65532:65532"}`, or `{}` for 0755 and 0:0. Parent
    directories of files need not be named. Default: none."""

    alias = "directories"


class ScratchImageSymlinksField(DictField):
    """Symbolic links: path in the image → target of the link, absolute or relative to the link. A link that leaves the image
    or leads to itself is an error. Default: none."""

    alias = "symlinks"


class ScratchImageRuntimeFilesField(ListField):
    """Files that programs look for and an empty root file system does not have. Default: the option
    `[scratch-image].runtime_files`, which is empty.

    - `ca-certificates`: Mozilla's CA certificates (from certifi) in `/etc/ssl/certs/ca-certificates.crt`, and a link to
    them where the program's OpenSSL looks for them;

    - `tzdata`: the time zones in `/usr/share/zoneinfo`;

    - `tmp`: the directory `/tmp`, mode 1777;

    - `nonroot`: `/etc/passwd` and `/etc/group` with root, nobody and nonroot (65532), and their homes;

    - `mime-types`: `/etc/mime.types`; `nsswitch`: `/etc/nsswitch.conf` (files, then DNS); `services`: `/etc/services`.

    They make a layer of their own, which all images with the same entries share. Nothing is added automatically: a warning
    names what the program needs, with the line to paste.
    """

    alias = "runtime_files"


class ScratchImageCaBundleField(ListField, AsyncFieldMixin):
    """Addresses of PEM files with your own CA certificates, for example `["//certs:company-root"]`. They become
    `/etc/ssl/certs/ca-certificates.crt`, after Mozilla's if `runtime_files` has `ca-certificates`. Default: none.

    The files are read strictly: anything that is not a valid CA certificate is an error with its file and line, and so is
    a private key.
    """

    alias = "ca_bundle"


FIELDS = (
    ScratchImageFilesField,
    ScratchImageDirectoriesField,
    ScratchImageSymlinksField,
    ScratchImageRuntimeFilesField,
    ScratchImageCaBundleField,
)

"""What is in an image beside its program."""

from __future__ import annotations

from pants.engine.target import AsyncFieldMixin
from pants.util.strutil import help_text

from scratch_image.targets.kinds import DictField, ListField


class ScratchImageFilesField(DictField, AsyncFieldMixin):
    alias = "files"
    help = help_text(
        """
        More files: path in the image → the address of a target that makes them, or
        `{"from": ":a", "mode": "0640", "owner": "0:0"}`, or `{"text": "…"}`.

        The file of a target that makes one is put at the path itself. The files of others (`files`, a directory), and any
        where the path ends in `/`, are put below it, with the paths they have below the target's own directory. Modes are
        0644, and 0755 for files whose source is executable; owners are 0:0. Nothing is taken from the machine. Executables
        in there are proved like the program itself.

        Each address is a layer of its own, which images share; texts, `directories` and `symlinks` together are one.
        """
    )


class ScratchImageDirectoriesField(DictField):
    alias = "directories"
    help = help_text(
        """
        Directories: path in the image → `{"mode": "0750", "owner": "65532:65532"}`, or `{}` for 0755 and 0:0. Those that
        files are in need not be named.
        """
    )


class ScratchImageSymlinksField(DictField):
    alias = "symlinks"
    help = help_text(
        """
        Symbolic links: path in the image → where it leads, absolute or relative to the link. A link that leaves the image or
        leads to itself is refused.
        """
    )


class ScratchImageRuntimeFilesField(ListField):
    alias = "runtime_files"
    help = help_text(
        """
        What programs look for and an empty root does not have:

        - `ca-certificates`: Mozilla's CA certificates (by certifi) in `/etc/ssl/certs/ca-certificates.crt`, and a link to
        them where the OpenSSL in the program looks;

        - `tzdata`: the time zones in `/usr/share/zoneinfo`;

        - `tmp`: the directory `/tmp`, mode 1777;

        - `nonroot`: `/etc/passwd` and `/etc/group` with root, nobody and nonroot (65532), and their homes;

        - `mime-types`: `/etc/mime.types`; `nsswitch`: `/etc/nsswitch.conf` (files, then DNS); `services`: `/etc/services`.

        They are a layer of their own, which all images with the same entries share. Nothing is added by itself: a warning
        says what the program needs, with the line to paste.
        """
    )


class ScratchImageCaBundleField(ListField, AsyncFieldMixin):
    alias = "ca_bundle"
    help = help_text(
        """
        Addresses of PEM files with your own CA certificates, for example `["//certs:company-root"]`. They become
        `/etc/ssl/certs/ca-certificates.crt`, behind Mozilla's if `runtime_files` has `ca-certificates`, else alone.

        Everything in the files is read strictly: what is no valid CA certificate is an error with its file and line, and a
        private key is refused.
        """
    )

"""What is found in the configuration of an image, and in placeholders that are not filled in."""

from __future__ import annotations

CONFIGURATION = [
    ({"entrypoint": ["/app", "serve"]}, {}, "", "", "", "", "the program and an argument"),
    ({"entrypoint": ["app"]}, {}, "", "SR033 error", "'app', which is not an absolute path", "['/app']", "relative"),
    ({"entrypoint": ["./app"]}, {}, "", "SR033 error", "not an absolute path", "", "relative to somewhere"),
    ({"entrypoint": ["/bin/sh", "-c", "/app"]}, {}, "", "SR033 error", "'/bin/sh'", "without a shell", "a shell"),
    ({"entrypoint": ["bash"]}, {}, "", "SR033 error", "not an absolute path", "without a shell", "a shell by its name"),
    (
        {"entrypoint": ["/usr/bin/env", "--x", "y z"]}, {}, "", "SR033 error", "", "entrypoint=['/app', '--x', 'y z']",
        "with arguments",
    ),
    ({"entrypoint": ["/usr/bin/env"]}, {}, "", "SR033 error", "only program in the image is /app", "start it", "another"),
    (
        {"entrypoint": ["/usr/bin"], "binary_path": "/usr/bin/app"}, {}, "", "SR033 error",
        "'/usr/bin', which is a directory", "['/usr/bin/app']", "a directory",
    ),
    ({"entrypoint": ["/"]}, {}, "", "SR033 error", "'/', which is a directory", "", "the root"),
    ({"entrypoint": ["//app"]}, {}, "", "", "", "", "the same path, with a slash twice"),
    ({"entrypoint": ["/app/"]}, {}, "", "SR033 error", "only program in the image is /app", "", "a file is no directory"),
    ({"entrypoint": ["/application"]}, {}, "", "SR033 error", "only program", "", "a name that begins alike"),
    ({"entrypoint": ["/bin/sh"], "binary_path": "/bin/sh"}, {}, "", "", "", "", "the program is a shell"),
    ({"user": "1000"}, {}, "", "", "", "", "an id"),
    ({"user": "00:7"}, {}, "", "OI001 info", "runs as root", "", "root, written otherwise"),
    ({"user": "0"}, {}, "", "OI001 info", "runs as root", 'user="65532:65532"', "root"),
    ({"user": "0:0"}, {}, "", "OI001 info", "runs as root", "", "root and its group"),
    ({"user": "1000:0"}, {}, "", "", "", "", "root's group"),
    ({"user": "65535:65535"}, {}, "", "", "", "", "the last ids that are mapped"),
    ({"user": "65536"}, {}, "", "OI001 warning", "below 65536", "use ids below 65536", "an id that is not mapped"),
    ({"user": "1:70000"}, {}, "", "OI001 warning", "user 1:70000", "", "a group that is not mapped"),
    ({"user": "70000:70000"}, {}, "", "OI001 warning", "user 70000:70000", "", "both"),
    ({"user": "2147483647"}, {}, "", "OI001 warning", "below 65536", "", "the last id that runtimes take"),
    (
        {"user": "2147483648"}, {}, "", "OI001 error", "no id above 2147483647", 'user="65532:65532"',
        "one more, which they refuse",
    ),
    ({"user": "1:4294967294"}, {}, "", "OI001 error", "no id above 2147483647", "use ids below 65536", "or a group's"),
    ({"user": "065532:065532"}, {}, "", "", "", "", "zeros before the ids"),
    ({"user": "me"}, {}, "", "OI001 error", "which id 'me' has", 'name the ids: user="65532:65532"', "a name"),
    ({"user": "nonroot"}, {}, "", "OI001 error", "'nonroot'", 'runtime_files=["nonroot"]', "known, and not there"),
    ({"user": "1:staff"}, {}, "", "OI001 error", "'staff'", 'runtime_files=["nonroot"]', "a known group, not there"),
    ({"user": "1:wheel"}, {}, "", "OI001 error", "'wheel'", "name the ids", "an unknown group"),
    ({"user": "root"}, {}, "", "OI001 info, OI001 error", "runs as root", "", "root by its name"),
    (
        {"user": "nonroot:nonroot", "runtime_files": ["nonroot"]}, {}, "", "OI001 warning", "runAsNonRoot",
        "65532:65532", "resolved",
    ),
    (
        {"user": "nobody:tty", "runtime_files": ["nonroot"]}, {}, "", "OI001 warning", "nobody:tty", 'user="65534:5"',
        "resolved",
    ),
    ({"user": "root", "runtime_files": ["nonroot"]}, {}, "", "OI001 info", "runs as root", "", "root, resolved"),
    ({"user": "me", "runtime_files": ["nonroot"]}, {}, "", "OI001 error", "'me'", "name the ids", "a name of nobody"),
    ({"user": "staff", "runtime_files": ["nonroot"]}, {}, "", "OI001 error", "'staff'", "", "a group is no user"),
]  # fmt: skip


LITERAL = [
    ({"env": {"A": "{env.B}"}}, {}, "", "OI003 warning", "field `env` has {env.B}, which", "`{env.NAME}` is", "env"),
    ({"image_labels": {"a": "{env.B-C}"}}, {}, "", "OI003 warning", "field `image_labels` has {env.B-C}", "", "misspelt"),
    ({"cmd": ["{env.B}", "{env.B}{env.C}"]}, {}, "", "OI003 warning, OI003 warning", "{env.B}", "", "each once"),
]  # fmt: skip

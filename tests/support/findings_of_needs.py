"""What is found in the needs of a program, and in how it was built."""

from __future__ import annotations

from scratch_image.binary.needs import Needs
from scratch_image.binary.rust import Crate
from tests.support.judged import CA, MIME, OPENSSL, PATH, RUST, SSL, SYMBOLS, TMP, TZ, go, hinted, linked

NEEDS = [
    ({}, dict(needs=linked("ca-certificates")), "", "SR040 warning", "(linked: f.ca-certificates)", str(CA), "TLS in Go"),
    ({}, dict(needs=hinted("ca-certificates")), "", "SR040 warning, SR048 info", "(hint: the text /ca-", "", "TLS in C"),
    ({"runtime_files": CA}, dict(needs=linked("ca-certificates")), "", "", "", "", "there"),
    ({"ca_bundle": [":roots"]}, dict(needs=linked("ca-certificates")), "", "", "", "", "a bundle is there"),
    ({}, dict(needs=linked("tzdata")), "", "SR042 warning", "finds UTC only", str(TZ), "time zones"),
    ({"runtime_files": TZ}, dict(needs=linked("tzdata")), "", "", "", "", "there"),
    ({}, dict(needs=linked("tmp")), "", "SR043 warning", "there is no /tmp", str(TMP), "temporary files"),
    ({"runtime_files": TMP}, dict(needs=linked("tmp")), "", "", "", "", "there"),
    ({}, dict(needs=linked("users")), "", "SR044 info", "no /etc/passwd", "['nonroot']", "users"),
    ({"runtime_files": ["nonroot"]}, dict(needs=linked("users")), "", "", "", "", "there"),
    (
        {}, dict(needs=linked("current-user")), "", "SR044 warning", "asks which user it runs as", "['nonroot']",
        "os/user.Current",
    ),
    (
        {"user": "1000:1000"}, dict(needs=linked("current-user")), "", "SR044 warning", "USER is not set",
        "env={'USER': 'app'}", "an id that `nonroot` has no line for",
    ),
    ({"env": {"USER": "me"}}, dict(needs=linked("current-user")), "", "", "", "", "USER is enough"),
    ({}, dict(needs=linked("cache-directory")), "", "SR070 warning", "/.cache", "['nonroot']", "a cache in /"),
    (
        {"user": "1000:1000"}, dict(needs=linked("cache-directory")), "", "SR070 warning", "/.cache",
        "env={'HOME': '/home/app'}, directories={'/home/app': {'owner': '1000:1000'}}", "a user without a home",
    ),
    ({"runtime_files": ["nonroot"]}, dict(needs=linked("cache-directory")), "", "", "", "", "the home of `nonroot`"),
    ({}, dict(needs=linked("local-time")), "", "", "", "", "local time is UTC, and TZ is not set"),
    ({"env": {"TZ": "UTC"}}, dict(needs=linked("local-time")), "", "", "", "", "TZ=UTC needs no data"),
    ({"env": {"TZ": "Etc/UTC"}}, dict(needs=linked("local-time")), "", "", "", "", "nor does its other name"),
    (
        {"env": {"TZ": "Europe/Berlin"}}, dict(needs=linked("local-time")), "", "SR042 warning",
        "TZ=Europe/Berlin in `env` names", "write a zone", "TZ needs the zone; here its data are not known",
    ),
    ({"env": {"TZ": "Europe/Berlin"}}, dict(needs=linked("local-time", embedded=("tzdata",))), "", "", "", "", "embedded"),
    ({"env": {"TZ": "Europe/Berlin"}}, dict(needs=linked()), "", "", "", "", "no local time"),
    ({}, dict(needs=linked("plugins")), "", "SR071 warning", "loads libraries", "link the code in", "plugin.Open"),
    (
        {}, dict(needs=hinted("cache-directory")), "", "SR070 info, SR048 info",
        "may ask for a directory for its cache (hint: the text /cache-directory) in /.cache", "nonroot", "a hint",
    ),
    ({}, dict(needs=hinted("plugins")), "", "SR071 info, SR048 info", "can load libraries", "link the code in", "dlopen"),
    (
        {"env": {"TMPDIR": "/s"}, "runtime_files": TMP}, dict(needs=linked("tmp")), "", "SR043 warning",
        "there is no /s", "directories={'/s': {'mode': '1777'}}", "TMPDIR to nowhere",
    ),
    (
        {"directories": {"/tmp": {}}}, dict(needs=linked("tmp")), "", "SR043 warning",
        "the user 65532 cannot write it (mode 0755, owner 0:0)", "directories={'/tmp': {'mode': '1777'}}",
        "/tmp of root",
    ),
    ({"directories": {"/tmp": {}}, "user": "0"}, dict(needs=linked("tmp")), "", "OI001 info", "", "", "root may"),
    (
        {"volumes": ["/data"]}, {}, "", "SR035 warning", "so a new volume is root's",
        "directories={'/data': {'owner': '65532:65532'}}", "a volume",
    ),
    ({"volumes": ["/data"], "directories": {"/data": {"owner": "65532:65532"}}}, {}, "", "", "", "", "a volume of the user"),
    ({"volumes": ["/data"], "directories": {"/data": {"mode": "0777"}}}, {}, "", "", "", "", "a volume of all"),
    (
        {"volumes": ["/app/data"]}, {}, "", "SR035 warning", "cannot write the volume /app/data",
        "see to /app/data, or choose another path: /app is a file", "a volume below the program",
    ),
    ({"volumes": ["/app"]}, {}, "", "SR035 warning", "the volume /app", "another path: /app is a file", "in its place"),
    (
        {"volumes": ["/dev/data"]}, {}, "", "SR035 warning", "the volume /dev/data",
        "runtimes mount something of their own at /dev",
        "a volume below a mount",
    ),
    (
        {"volumes": ["/etc/hosts"]}, {}, "", "SR035 warning", "the volume /etc/hosts",
        "runtimes mount something of their own at /etc/hosts", "a volume where a file is mounted",
    ),
    (
        {"volumes": ["/c/data"], "directories": {"/c": {"mode": "0700"}}}, {}, "", "SR035 warning", "the volume /c/data",
        "the user 65532 cannot search /c", "a volume in a directory that is closed",
    ),
    (
        {"volumes": ["/l/data"], "symlinks": {"/l": "/srv"}}, {}, "", "SR035 warning", "the volume /l/data",
        "directories={'/srv/data': {'owner': '65532:65532'}}", "a volume behind a link: at its end",
    ),
    (
        {"volumes": ["/root"], "runtime_files": ["nonroot"]}, {}, "", "SR035 warning", "the volume /root",
        "another path: /root is of `runtime_files`", "a directory of `runtime_files`",
    ),
    (
        {"workdir": "/proc"}, {}, "", "SR035 info", "cannot write `workdir` /proc",
        "runtimes mount something of their own at /proc",
        "a working directory that is a mount",
    ),
    (
        {"workdir": "/w/.wh.a"}, {}, "", "SR035 info", "cannot write `workdir` /w/.wh.a", "no field takes such a path",
        "a name that layers reserve",
    ),
    (
        {"env": {"TMPDIR": "/\u202ea"}}, dict(needs=linked("tmp")), "", "SR043 warning", "there is no /",
        'runtime_files=["tmp"], env={"TMPDIR": "/tmp"}', "TMPDIR that no field takes",
    ),
    (
        {"env": {"TMPDIR": "/proc/a"}}, dict(needs=linked("tmp")), "", "SR043 warning", "there is no /proc/a",
        'runtime_files=["tmp"], env={"TMPDIR": "/tmp"}', "TMPDIR below a mount",
    ),
    (
        {"env": {"TMPDIR": "/app/a"}, "runtime_files": TMP}, dict(needs=linked("tmp")), "", "SR043 warning", "/app/a",
        'env={"TMPDIR": "/tmp"}', "TMPDIR below the program, and a place",
    ),
    (
        {}, dict(needs=hinted(openssl_cert_file="/proc/ssl/cert.pem")), "", "SR041 warning, SR048 info", "/proc/ssl",
        '"SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt"', "certificates below a mount",
    ),
    (
        {"user": "1000", "volumes": ["/home/nonroot/a"]}, dict(needs=linked("users")), "", "SR044 info, SR035 warning",
        "no /etc/passwd", "see to /etc/passwd: other fields are in the way", "`nonroot` would close what the volume is in",
    ),
    (
        {"user": "1000", "directories": {"/home/nonroot/a": {"owner": "1000:0"}}, "volumes": ["/home/nonroot/a"]},
        dict(needs=linked("users")), "", "SR044 info", "no /etc/passwd", "see to /etc/passwd: other fields",
        "the same, and the volume is the user's",
    ),
    (
        {"directories": {"/usr/share/zoneinfo": {}}}, dict(needs=linked("tzdata")), "", "SR042 warning", "", "see to",
        "the directory of the time zones is another field's",
    ),
    ({"runtime_files": TMP, "volumes": ["/tmp"]}, dict(needs=linked()), "", "", "", "", "a volume needs it"),
    ({"runtime_files": TMP, "volumes": ["/tmp/a"]}, dict(needs=linked()), "", "SR035 warning", "/tmp/a", "", "below it"),
    ({"runtime_files": TMP, "workdir": "/tmp"}, dict(needs=linked()), "", "", "", "", "the working directory needs it"),
    ({"runtime_files": CA, "symlinks": {"/ca.pem": "etc/ssl/certs/ca-certificates.crt"}}, {}, "", "", "", "", "a link"),
    ({"runtime_files": TZ, "symlinks": {"/etc/localtime": "../usr/share/zoneinfo/UTC"}}, {}, "", "", "", "", "as well"),
    ({"runtime_files": TMP, "cmd": ["--data=/tmp"]}, dict(needs=linked()), "", "", "", "", "an argument"),
    ({"runtime_files": CA, "env": {"CA": f"a:{'/etc/ssl/certs/ca-certificates.crt'}"}}, {}, "", "", "", "", "a variable"),
    (
        {"runtime_files": TMP, "cmd": ["/var/tmp", "x/tmp"], "workdir": "/tmpl"}, dict(needs=linked()), "",
        "SR049 warning, SR035 info", "needs tmp of", "", "other paths",
    ),
    ({"volumes": ["/data"], "user": "0"}, {}, "", "OI001 info", "", "", "root's volume is root's"),
    (
        {"workdir": "/w"}, {}, "", "SR035 info", "cannot write `workdir` /w",
        "directories={'/w': {'owner': '65532:65532'}}", "made by the runtime",
    ),
    (
        {"workdir": "/w", "directories": {"/w": {"mode": "0700"}}}, {}, "", "SR035 error", "cannot enter `workdir` /w",
        "name a directory", "closed",
    ),
    ({"workdir": "/app"}, {}, "", "SR035 error", "cannot enter", "", "the program is there"),
    ({"workdir": "/"}, {}, "", "", "", "", "the default"),
    (
        {"exposed_ports": ["80", "443", "8080"]}, {}, "", "SR037 warning", "the ports 80, 443 only where",
        "cap_net_bind_service", "low ports",
    ),
    ({"exposed_ports": ["80"], "user": "0"}, {}, "", "OI001 info", "", "", "root may bind it"),
    ({"exposed_ports": ["80"], "capabilities": ["cap_net_bind_service=p"]}, {}, "", "", "", "", "a capability"),
    ({"exposed_ports": ["1024"]}, {}, "", "", "", "", "the first port for all"),
    ({"capabilities": ["cap_net_raw=ep"]}, {}, "", "SR038 info", "cap_net_raw of `capabilities`", "=p", "effective"),
    ({}, dict(needs=linked("mime-types")), "", "SR047 info", "has only those built in", str(MIME), "its own line adds it"),
    ({"runtime_files": MIME}, dict(needs=linked("mime-types")), "", "", "", "", "there"),
    ({}, dict(needs=linked("subprocess")), "", "SR045 info", "there are none", "make sure that", "other programs"),
    ({}, dict(needs=hinted("nss")), "", "SR048 info", "", "", "glibc, whose default is files and DNS"),
    ({}, dict(needs=linked("nss", cgo=True)), "", "SR050 info", "", "", "cgo, in the same way"),
    ({}, dict(needs=hinted("terminfo")), "", "SR047 info, SR048 info", "terminal descriptions", "fallbacks", "ncurses"),
    (
        {}, dict(needs=hinted("ca-certificates", **OPENSSL)), "",
        "SR041 warning, SR048 info", SSL, str(CA), "OpenSSL",
    ),
    ({"runtime_files": CA}, dict(needs=hinted("ca-certificates", **OPENSSL)), "", "SR048 info", "", "", "with a link"),
    ({"ca_bundle": [":r"]}, dict(needs=hinted("ca-certificates", **OPENSSL)), "", "SR048 info", "", "", "with a bundle"),
    (
        {"env": {"SSL_CERT_FILE": "/x"}}, dict(needs=hinted(**OPENSSL)), "", "SR041 warning, SR048 info",
        "in /x, and there are none", "env={'SSL_CERT_FILE': '/etc/ssl/certs/ca-certificates.crt'}",
        "a variable that leads to nothing",
    ),
    (
        {"env": {"SSL_CERT_DIR": "/x"}}, dict(needs=hinted(**OPENSSL)), "", "SR041 warning, SR048 info", SSL, str(CA),
        "and a directory",
    ),
    (
        {"env": {"SSL_CERT_FILES": "/x"}}, dict(needs=hinted(**OPENSSL)), "", "SR041 warning, SR048 info",
        f"looks for CA certificates in {SSL}", str(CA), "another variable",
    ),
    (
        {}, dict(needs=hinted(openssl_cert_file="/etc/ssl/certs/ca-certificates.crt")), "", "SR040 warning, SR048 info",
        "TLS", str(CA), "where certificates would be anyway",
    ),
    ({}, dict(needs=hinted()), "", "SR048 info", "looked for in its texts", "needs in `runtime_files`", "not all is found"),
    ({}, dict(needs=hinted(unclear=("tzdata",))), "", "SR048 info", "and reveal nothing about tzdata", "", "C++"),
    ({}, dict(needs=Needs("none", (), language="Go")), "", "SR048 info", "packed or obfuscated", "", "garble"),
    ({}, dict(needs=linked()), "", "", "", "", "Go's names tell everything"),
    ({"runtime_files": CA}, dict(needs=linked()), "", "SR049 warning", "needs ca-certificates of", "[]", "not needed"),
    (
        {"runtime_files": [*TMP, *TZ, "nonroot"]}, dict(needs=linked("tmp")), "", "SR049 warning",
        "nothing in :bin needs tzdata of", "runtime_files=['tmp', 'nonroot']", "one of three; of users nobody can tell",
    ),
    ({"runtime_files": [*CA, *MIME]}, dict(needs=linked()), "", "SR049 warning", "ca-certificates and mime-types", "[]", ""),
    ({"runtime_files": TZ}, dict(needs=linked(embedded=("tzdata",))), "", "SR049 warning", "tzdata", "", "brought along"),
    ({"runtime_files": ["nsswitch", "services", "nonroot"]}, dict(needs=linked()), "", "", "", "", "nobody can tell"),
    ({"runtime_files": CA}, dict(needs=hinted()), "", "SR048 info", "", "", "C: texts do not say what is not needed"),
    ({"runtime_files": CA}, dict(needs=Needs("none", ())), "", "SR048 info", "", "", "nor does what cannot be read"),
    ({"runtime_files": CA}, dict(needs=linked(cgo=True)), "", "SR050 info", "contains C code", "CGO_ENABLED=0", "cgo"),
    ({"runtime_files": CA}, dict(needs=None, linkage="shared library"), "", "SR012 error", "", "", "it does not start"),
]  # fmt: skip


BUILD = [
    ({}, dict(go_build=go(**{"vcs.modified": "false"})), "", "", "", "", "a clean checkout"),
    (
        {}, dict(go_build=go(**{"vcs.modified": "true", "vcs.revision": "abc"})), "", "SR050 info",
        "built from abc with changes", "commit them", "changes",
    ),
    ({}, dict(go_build=go(**{"vcs.modified": "true"})), "", "SR050 info", "an unknown revision", "", "of what is not said"),
    ({}, PATH, "", "SR051 warning", "path /tmp/go-build1", "-ffile-prefix-map", "C"),
    ({}, dict(PATH, go=True), "go_binary", "SR051 warning", "", "[golang].subprocess_env_vars", "go_binary"),
    ({}, dict(PATH, go=True), "adhoc_tool", "SR051 warning", "", "-trimpath", "another go build"),
    ({}, dict(PATH, needs=RUST), "", "SR048 info, SR051 warning", "", "", "Rust: after what it needs"),
    ({}, dict(PATH, crates=(Crate("a", "1"),)), "", "SR051 warning", "", "--remap-path-prefix", "Rust, by crates"),
    ({}, SYMBOLS, "", "SR052 info", "1.2 MB", "or run `strip`", "C"),
    ({}, dict(SYMBOLS, go=True), "go_binary", "SR052 info", "", 'linker_flags=["-s", "-w"]', "go_binary"),
    ({}, dict(SYMBOLS, go=True), "adhoc_tool", "SR052 info", "", "-ldflags='-s -w'", "another go build"),
    ({}, dict(strippable_bytes=65535), "", "", "", "", "not worth a line"),
    ({}, dict(strippable_bytes=65536), "", "SR052 info", "65.5 kB", "", "worth one"),
]  # fmt: skip

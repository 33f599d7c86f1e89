"""What is found in an image with more than its program."""

from __future__ import annotations

from tests.support.judged import CA, OPENSSL, SSL, TMP, TZ, hinted, linked
from tests.support.roots import PROBE_ROOT, Directory, File, Link

SOURCES = b"hosts: files mdns4_minimal [NOTFOUND=return] dns\npasswd: files sss # x\nservices: [!UNAVAIL=return] files\n"


PASSWD, GROUP = {"/etc/passwd": File(b"me:x:1000:1000::/:\n")}, {"/etc/group": File(b"us:x:1000:\n")}


TOOL = {"/bin/tool": File(b"tool", 0o755)}


CA_FILE = {"/etc/ssl/certs/ca-certificates.crt": File(PROBE_ROOT)}


# Fields of the target, changes of a static program, what else is in the image, findings in order with their severities,
# parts of the first one's text and fix, reason.
WITH_FILES = [
    ({"entrypoint": ["/bin/tool"]}, {}, TOOL, "", "", "", "an executable of `files`"),
    ({"entrypoint": ["//bin//tool"]}, {}, TOOL, "", "", "", "the same path, with slashes twice"),
    ({"entrypoint": ["/bin/tool"]}, {}, {"/bin/tool": File(b"tool", 0o100, (65532, 0))}, "", "", "", "its owner may run it"),
    ({"entrypoint": ["/bin/tool"]}, {}, {"/bin/tool": Link("../app")}, "", "", "", "a link to an executable"),
    (
        {"entrypoint": ["/bin/tool"]}, {}, {"/bin/tool": Link("/nowhere")}, "SR033 error",
        "a link that leads to no file in the image", "['/app']", "a link to nothing",
    ),
    (
        {"entrypoint": ["/bin/tool"]}, {}, {"/bin/tool": Link("/m"), "/m": File(b"m")}, "SR033 error",
        "not executable (mode 0644)", "", "a link to a file that is none",
    ),
    (
        {"entrypoint": ["/etc/motd"]}, {}, {"/etc/motd": File(b"m")}, "SR033 error", "not executable (mode 0644)",
        "['/app']", "a file that is none",
    ),
    (
        {"entrypoint": ["/bin/tool"]}, {}, {"/bin/tool": Directory()}, "SR033 error",
        "'/bin/tool', which is a directory", "", "a directory has x as well",
    ),
    ({"entrypoint": ["/bin"]}, {}, TOOL, "SR033 error", "'/bin', which is a directory", "", "where files are"),
    ({"entrypoint": ["/bin/"]}, {}, TOOL, "SR033 error", "'/bin/', which is a directory", "", "with a slash"),
    ({"entrypoint": ["/bin/tools"]}, {}, TOOL, "SR033 error", "which is not in the image", "", "a name that begins alike"),
    ({"entrypoint": ["/x"]}, {}, PASSWD, "SR033 error", "only program in the image is /app", "", "no other is there"),
    ({"entrypoint": ["bin/tool"]}, {}, TOOL, "SR033 error", "not an absolute path", "", "relative"),
    ({"entrypoint": ["/bin/sh"]}, {}, {"/bin/sh": File(b"sh", 0o755)}, "", "", "", "a shell that is there"),
    ({"user": "me"}, {}, PASSWD, "OI001 warning", "runAsNonRoot", 'user="1000:1000"', "a name that the image resolves"),
    ({"user": "me:us"}, {}, {**PASSWD, **GROUP}, "OI001 warning", "runAsNonRoot", "", "and a group"),
    ({"user": "you"}, {}, PASSWD, "OI001 error", "which id 'you' has", "name the ids", "a name that passwd lacks"),
    (
        {"user": "me:us"}, {}, PASSWD, "OI001 error, OI001 warning", "which id 'us' has", "name the ids",
        "only users are there",
    ),
    ({"user": "me:us"}, {}, GROUP, "OI001 error", "which id 'me' has", "name the ids", "only groups are there"),
    (
        {"user": "nonroot"}, {}, GROUP, "OI001 error", "'nonroot'", "name the ids",
        "`nonroot` of `runtime_files` would be in the way of a file that is there",
    ),
    ({"user": "root"}, {}, {"/etc/passwd": File(b"root:x:0:0::/:\n")}, "OI001 info", "runs as root", "", "root, resolved"),
    ({"user": "bad"}, {}, {"/etc/passwd": File(b"bad:x::7::/:\n")}, "OI001 info", "runs as root", "", "no id is 0"),
    (
        {"user": "bad"}, {}, {"/etc/passwd": File("bad:x:²:7::/:\n".encode())}, "OI001 info", "runs as root", "",
        "so is one that is no number",
    ),
    (
        {"user": "1:bad"}, {}, {"/etc/group": File("bad:x:²:\n".encode())}, "", "", "", "of a group as well",
    ),
    (
        {"user": "root"}, {}, {"/etc/passwd": File(b"root:x:5:5::/:\n")}, "OI001 warning", "runAsNonRoot",
        'user="5:5"', "a root that is none",
    ),
    (
        {"user": "me"}, {}, {"/etc/passwd": File(b"me:x:70000:1::/:\n")}, "OI001 warning, OI001 warning",
        "below 65536", "use ids below 65536", "a name whose id is not mapped",
    ),
    ({}, dict(needs=linked("ca-certificates")), CA_FILE, "", "", "", "certificates of one's own"),
    (
        {}, dict(needs=linked("ca-certificates")), {"/ca.crt": File(PROBE_ROOT)}, "SR040 warning", "TLS", str(CA),
        "at another place",
    ),
    (
        {}, dict(needs=linked("tzdata")), {"/usr/share/zoneinfo": Link("/z"), "/z/UTC": File(b"TZif")}, "", "", "",
        "a link to time zones",
    ),
    ({}, dict(needs=linked("tzdata")), {"/usr/share/zoneinfo/Europe/Berlin": File(b"TZif")}, "", "", "", "one is enough"),
    (
        {}, dict(needs=linked("tzdata")), {"/usr/share/zoneinfo2/UTC": File(b"TZif")}, "SR042 warning", "UTC", str(TZ),
        "alike",
    ),
    ({}, dict(needs=linked("tmp")), {"/tmp": Directory(0o1777)}, "", "", "", "a directory"),
    (
        {}, dict(needs=linked("tmp")), {"/tmp/seed": File(b"x")}, "SR043 warning", "cannot write it", str(TMP),
        "only root can write there",
    ),
    ({}, dict(needs=linked("users")), PASSWD, "", "", "", "users"),
    ({}, dict(needs=linked("users")), GROUP, "SR044 info", "no /etc/passwd", "", "groups alone"),
    ({}, dict(needs=linked("mime-types")), {"/etc/mime.types": File(b"x")}, "", "", "", "media types"),
    (
        {}, dict(needs=hinted("nss", databases=("hosts", "passwd"))), {"/etc/nsswitch.conf": File(SOURCES)},
        "SR046 warning, SR048 info", "asks for mdns4_minimal, sss", "leave the other sources out",
        "sources that need libraries",
    ),
    (
        {}, dict(needs=hinted("nss", databases=("passwd",))), {"/etc/nsswitch.conf": File(SOURCES)},
        "SR046 warning, SR048 info", "asks for sss:", "leave the other sources out", "the one that it asks for",
    ),
    (
        {}, dict(needs=hinted("nss", databases=("services",))), {"/etc/nsswitch.conf": File(SOURCES)}, "SR048 info", "", "",
        "the sources of others",
    ),
    ({}, dict(needs=hinted("nss")), {"/etc/nsswitch.conf": File(SOURCES)}, "SR048 info", "", "", "nothing is asked for"),
    (
        {}, dict(needs=hinted("nss", databases=("hosts",))), {"/etc/nsswitch.conf": File(b"hosts: dns files\n")},
        "SR048 info", "", "", "both are built in",
    ),
    (
        {}, dict(needs=hinted("nss", databases=("hosts", "passwd"), old_glibc=True)), {}, "SR046 warning, SR048 info",
        "before 2.34 (hint: the text /nss), and looks up hosts and passwd", "link with glibc 2.34", "none is built in",
    ),
    (
        {}, dict(needs=hinted("users", "nss", databases=("passwd",), old_glibc=True)), {}, "SR046 warning, SR048 info", "",
        "", "no file helps",
    ),
    ({}, dict(needs=hinted("nss", old_glibc=True)), {}, "SR048 info", "", "", "an old one, and nothing is asked for"),
    (
        {}, dict(needs=linked("ca-certificates")), {"/etc/ssl/certs/ca-certificates.crt": File(b"text")},
        "SR040 warning", "in /etc/ssl/certs/ca-certificates.crt, and no certificate is in it", "see to",
        "a file without a certificate",
    ),
    (
        {"env": {"SSL_CERT_FILE": "/c/ca.pem"}}, dict(needs=linked("ca-certificates")), {"/c/ca.pem": File(PROBE_ROOT)},
        "", "", "", "SSL_CERT_FILE",
    ),
    (
        {"env": {"SSL_CERT_DIR": "/c"}}, dict(needs=linked("ca-certificates")), {"/c/ca.pem": File(PROBE_ROOT)}, "", "",
        "", "SSL_CERT_DIR",
    ),
    (
        {"env": {"SSL_CERT_FILE": "/no", "SSL_CERT_DIR": "/no"}}, dict(needs=linked("ca-certificates")), CA_FILE,
        "SR040 warning", "", 'env={"SSL_CERT_DIR": "/no", "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt"}',
        "both lead to nothing",
    ),
    ({"env": {"ZONEINFO": "/z.zip"}}, dict(needs=linked("tzdata")), {"/z.zip": File(b"PK")}, "", "", "", "ZONEINFO"),
    ({"env": {"TMPDIR": "/s"}}, dict(needs=linked("tmp")), {"/s": Directory(0o1777)}, "", "", "", "TMPDIR"),
    (
        {"entrypoint": ["/bin/tool"]}, {}, {"/bin/tool": File(b"x", 0o700)}, "SR033 error",
        "the user 65532 may not execute (mode 0700)", "", "root's",
    ),
    (
        {"entrypoint": ["/bin/tool"]}, {}, {"/bin": Directory(0o700), "/bin/tool": File(b"x", 0o755)}, "SR033 error",
        "cannot search /bin", "", "closed",
    ),
    ({}, dict(needs=linked("subprocess")), TOOL, "SR045 info", "none in the image but those in `files`", "", "a helper"),
    ({}, dict(needs=linked("subprocess")), PASSWD, "SR045 info", "there are none in the image", "", "no helper"),
    (
        {}, dict(needs=linked("subprocess")), {"/d": Directory(), "/l": Link("/d")}, "SR045 info",
        "there are none in the image", "", "neither is a program",
    ),
    (
        {}, dict(needs=hinted("ca-certificates", **OPENSSL)), {SSL: File(PROBE_ROOT), **CA_FILE}, "SR048 info", "", "",
        "at both places",
    ),
    (
        {}, dict(needs=hinted("ca-certificates", **OPENSSL)), CA_FILE, "SR041 warning, SR048 info",
        f"looks for CA certificates in {SSL}",
        'symlinks={"/usr/lib/ssl/cert.pem": "/etc/ssl/certs/ca-certificates.crt"}', "not where OpenSSL looks",
    ),
    (
        {}, dict(needs=linked("tmp", "users", "tzdata")), PASSWD, "SR043 warning, SR042 warning", "no /tmp",
        "runtime_files=['tzdata', 'tmp']", "what is there is not in the line: it would be in the way",
    ),
    (
        {}, dict(needs=linked("tmp", "ca-certificates")), CA_FILE, "SR043 warning", "no /tmp", "runtime_files=['tmp']",
        "certificates that are there, either",
    ),
]  # fmt: skip

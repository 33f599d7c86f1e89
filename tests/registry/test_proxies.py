"""Pins down which proxy stands before which host."""

from __future__ import annotations

import base64

import pytest

from scratch_image.registry.endpoint import Origin
from scratch_image.registry.errors import RegistryError
from scratch_image.registry.proxies import Proxies
from tests.support.pushes import environment_of

PROXY = {"HTTPS_PROXY": "http://proxy.example:3128"}
HTTPS = "https://registry.example"

CHOSEN = [
    # environment, URL, whether a proxy is used, reason
    ({}, HTTPS, False, "none is named"),
    (PROXY, HTTPS, True, "for HTTPS"),
    (PROXY, "http://registry.example", False, "not for HTTP"),
    ({"https_proxy": "proxy.example:3128"}, HTTPS, True, "in small letters, without a scheme"),
    ({"HTTP_PROXY": "http://proxy.example:3128"}, "http://registry.example", True, "for HTTP"),
    ({"HTTP_PROXY": "http://p:1", "REQUEST_METHOD": "GET"}, "http://registry.example", False, "a header of a request"),
    ({**PROXY, "HTTPS_PROXY": ""}, HTTPS, False, "empty is none"),
    (PROXY, "https://localhost:5000", False, "never for the loopback"),
    (PROXY, "https://127.0.0.1:5000", False, "nor by its address"),
    ({**PROXY, "NO_PROXY": "*"}, HTTPS, False, "none at all"),
    ({**PROXY, "NO_PROXY": "other, registry.example"}, HTTPS, False, "the host"),
    ({**PROXY, "NO_PROXY": "example"}, HTTPS, False, "all below a name"),
    ({**PROXY, "NO_PROXY": ".example"}, HTTPS, False, "the same with a dot"),
    ({**PROXY, "no_proxy": "*.example"}, HTTPS, False, "the same with a star"),
    ({**PROXY, "NO_PROXY": "istry.example"}, HTTPS, True, "not a part of a label"),
    ({**PROXY, "NO_PROXY": "registry.example:443"}, HTTPS, False, "the port"),
    ({**PROXY, "NO_PROXY": "registry.example:5000"}, HTTPS, True, "another port"),
    ({**PROXY, "NO_PROXY": "10.0.0.0/8"}, "https://10.1.2.3", False, "a range of addresses"),
    ({**PROXY, "NO_PROXY": "10.0.0.0/8"}, "https://11.1.2.3", True, "an address outside"),
    ({**PROXY, "NO_PROXY": "[2001:db8::1]:443"}, "https://[2001:db8::1]", False, "IPv6"),
    ({**PROXY, "NO_PROXY": "2001:db8::1"}, "https://[2001:db8::1]", False, "IPv6, without brackets"),
    ({**PROXY, "NO_PROXY": "2001:db8::/32"}, "https://[2001:db8::1]", False, "a range of IPv6"),
    ({**PROXY, "NO_PROXY": "other, *"}, HTTPS, False, "all, in a list"),
    ({**PROXY, "NO_PROXY": "other registry.example"}, HTTPS, False, "a list with spaces, as curl takes it"),
    ({**PROXY, "ALL_PROXY": "http://other:1", "HTTPS_PROXY": ""}, HTTPS, False, "ALL_PROXY is not read"),
    ({**PROXY, "NO_PROXY": "10.0.0.0/99,REGISTRY.example"}, HTTPS, False, "an invalid range is ignored"),
]


@pytest.mark.parametrize("environment, url, used, reason", CHOSEN, ids=[row[3] for row in CHOSEN])
def test_chosen(environment, url, used, reason):
    proxy = Proxies.of(environment_of(environment)).for_origin(Origin.of(url))
    assert (proxy is not None) is used
    assert proxy is None or proxy.url == "http://proxy.example:3128"


def test_a_login_is_no_part_of_the_url_or_of_the_text():
    proxies = Proxies.of(environment_of({"HTTPS_PROXY": "http://anna:s%40cret@proxy.example:3128"}))
    assert proxies.https.url == "http://proxy.example:3128"
    assert proxies.https.headers == {"Proxy-Authorization": "Basic YW5uYTpzQGNyZXQ="}
    assert "cret" not in repr(proxies)


NONE = [
    "socks5://anna:secret@proxy:1080",
    "http://anna:secret@",
    "http://anna:secret@proxy:port",
    "http://anna:secret@proxy:99999",
    "http://anna:secret@proxy:0",
    "http://anna:secret@[::1",
    "http://anna:secret@[1:2]:3128",
    "http://anna:secret@pro xy:3128",
    "http://anna:secret@pröxy:3128",
    "http://anna:secret@proxy\udcff:3128",
    "anna:secret@",
    "http://anna:sec@ret@[",
    "://anna:secret",
    "http:///anna:secret@proxy",
]


@pytest.mark.parametrize("value", NONE)
def test_what_is_no_proxy(value):
    with pytest.raises(RegistryError) as raised:
        Proxies.of(environment_of({"HTTPS_PROXY": value}))
    assert "HTTPS_PROXY is not a valid URL of an HTTP proxy" in str(raised.value) and "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("login", "sent"),
    [
        ("anna:s%40cret", b"anna:s@cret"),
        ("anna", b"anna:"),
        (":secret", b":secret"),
        ("anna:%ff%00", b"anna:\xff\x00"),
        ("anna:\udcff", b"anna:\xff"),
        ("anna:p\u00e4", "anna:p\u00e4".encode()),
        ("anna:a:b", b"anna:a:b"),
        ("an%3Ana:b", b"an:na:b"),
        ("anna:%zz%", b"anna:%zz%"),
    ],
)
def test_the_login_of_a_proxy_may_be_any_bytes(login, sent):
    environment = environment_of({"HTTPS_PROXY": f"http://{login}@proxy.example:3128"})
    proxy = Proxies.of(environment).https
    assert base64.b64decode(proxy.headers["Proxy-Authorization"].partition(" ")[2]) == sent
    # And it is a secret.
    assert proxy.headers["Proxy-Authorization"][6:] not in environment.secrets.foreign(f"{proxy.headers}") or len(sent) < 6

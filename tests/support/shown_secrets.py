"""Secrets in other forms, and what is shown of them."""

from __future__ import annotations

import base64
from urllib.parse import quote

from tests.support.layouts import layout

IMAGE = layout()


def b64(text, before="", after=""):
    return base64.b64encode(f"{before}{text}{after}".encode()).decode()


def shown(ran, login, server):
    """Whether anything of what was sent is in what was shown."""
    name, password = login
    basic = base64.b64encode(f"{name}:{password}".encode()).decode()
    forms = [password, basic, basic[:12], basic[-14:], quote(basic, safe=""), *server.tokens]
    return [form for form in forms if form in ran.everything]

"""The few pages that people open from mails: self-contained, without scripts, for any browser."""

import base64
import hashlib
from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER = Path(__file__).with_name("html")
STYLE = (FOLDER / "page.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

HEADERS = {
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",  # the address holds a token
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
}

_templates = Environment(loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined)


def page(name: str, *, status: int = 200, **values: str) -> HTMLResponse:
    """The page `html/<name>.html` with `values` filled in, escaped."""
    html = _templates.get_template(f"{name}.html").render(style=STYLE, **values)
    return HTMLResponse(html, status, HEADERS)


def prefers_html(request: Request) -> bool:
    """Whether a browser asks, and not a program."""
    return "text/html" in request.headers.get("accept", "")

"""Takes out of a text what looks personal or secret, whoever put it there: the last line of defence of the log."""

import re
from functools import cache

from shared.events.event import load_catalogue

OUT = "[redacted]"
LONGEST_TEXT = 64 * 1024  # a longer one is cut: nobody reads it, and reading it for secrets takes time

# PostgreSQL's DETAIL quotes the row that it refused, up to the traceback's next part.
DETAIL = re.compile(r"\n *DETAIL: .*?(?=\n *(?:HINT:|\[SQL|\(Background|\n|Traceback|The above)|\Z)", re.DOTALL)
VALUES = re.compile(
    r"""
      \b(?:Bearer|Basic)\s+[\w.~+/=-]{6,}                   # Authorization
    | (?<![\w-])eyJ[\w-]+(?:\.[\w-]*)+                       # JWS and JWE
    | \b(?:sk|rk|pk)_(?:test|live)_\w+ | \bwhsec_\w+        # Stripe's keys
    | -----BEGIN[ ][A-Z ]*PRIVATE[ ]KEY-----.*?(?:-----END[ ][A-Z ]*-----|\Z)
    | \$argon2\w*\$[^\s'"]+
    | (?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+              # addresses of people
    """,
    re.VERBOSE | re.DOTALL,
)
USERINFO = re.compile(r"(?<=://)([^\s/:@'\"]*):[^\s/@'\"]+(?=@)")
NAMES = (
    r"cookie|authorization|passw(?:or)?d|secret|token|api[_-]?key|credential"  # or what ends so: no scan of each word
)
# `token=x`, `"token": "x"`, `('token', b'x')`, `Cookie: x`; what follows a header's name goes up to the line's end.
HEADER = re.compile(r"(?i)(cookie|authorization)(\s*:\s*)[^\n\"']+")
PAIR = re.compile(
    rf"""(?i)((?:{NAMES})(?:["']?\]?\s*[=:]|["']\s*,)\s*)(b?"(?:[^"\\]|\\.)*"|b?'(?:[^'\\]|\\.)*'|[^\s,;&"')\]}}]+)"""
)


@cache
def _personal() -> re.Pattern[str]:
    """The personal fields of all events as keys of a dictionary that was printed: `'name': 'Ada'`."""
    names = {field for event in load_catalogue().values() for field in event.personal_fields()}
    quoted = "|".join(sorted(map(re.escape, names | {"email"})))
    return re.compile(rf"""((["'])(?:{quoted})\2\s*:\s*)("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")


def redacted(text: str) -> str:
    """The text without credentials, keys, mail addresses, quoted rows and the personal fields of printed events."""
    text = DETAIL.sub("\n(detail left out)", text[:LONGEST_TEXT])
    text = HEADER.sub(rf"\1\2{OUT}", text)
    text = PAIR.sub(rf"\1{OUT}", text)
    text = _personal().sub(rf"\1{OUT}", text)
    text = USERINFO.sub(rf"\1:{OUT}", text)
    return VALUES.sub(OUT, text)

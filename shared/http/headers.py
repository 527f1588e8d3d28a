"""The headers that every answer has, unless its route says otherwise."""

from collections.abc import Iterable

NamedHeaders = Iterable[tuple[bytes, bytes]]

DATA_POLICY = b"default-src 'none'; frame-ancestors 'none'"
# The documentation page: its scripts and styles are our own files; Swagger UI starts by an inline script and sets styles.
PAGE_POLICY = (
    b"default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    b"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
YEAR_SECONDS = 365 * 24 * 3600


class AnswerHeaders:
    """Security headers for one service. `https`: people reach the platform by https alone; `docs`: the documentation's path."""

    def __init__(self, *, https: bool, docs: str) -> None:
        always = [
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-resource-policy", b"same-origin"),
        ]
        if https:
            always.append((b"strict-transport-security", f"max-age={YEAR_SECONDS}".encode()))
        self._docs = docs
        self._page = [*always, (b"content-security-policy", PAGE_POLICY)]
        self._data = [*always, (b"content-security-policy", DATA_POLICY)]
        self._private = [*self._data, (b"cache-control", b"no-store")]
        self._names = frozenset(name for name, _ in self._private)

    def for_answer(self, own: NamedHeaders, *, path: str, signed_in: bool) -> NamedHeaders:
        """Those to add to an answer that has its `own` (names in lower case); an answer for somebody is kept nowhere."""
        added = self._private if signed_in else self._data
        if path.startswith(self._docs):
            added = self._page
        for name, _ in own:
            if name in self._names:
                said = {name for name, _ in own}
                return [header for header in added if header[0] not in said]
        return added

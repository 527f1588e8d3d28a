"""The one error of the toolchain, and the remedy for what usually lies behind a failed step."""

import re

RETRY = "then run `make tools` again; what is finished is kept"

UNREACHABLE = (
    "the package registry could not be reached or lacks this file: check the network and the proxy settings, "
    + RETRY
    + "."
)

# Searched in the last lines of a step's log, the surest sign first.
REMEDIES = {
    r"no space left on device|ENOSPC|disk quota": (
        f"the disk is full: free some room, or set CODEZEST_CACHE to a folder on another disk, {RETRY}."
    ),
    r"checksum mismatch|SECURITY ERROR|EINTEGRITY|hash mismatch|do not match the hashes|missing go\.sum entry": (
        "what was downloaded is not what is pinned. If a proxy or mirror stands between, ask its owner; "
        "if the pin was changed, its checksum or lock file must be renewed with it (tools/toolchain/pins.toml)."
    ),
    r"requires go >= ": (
        f"the Go on PATH is too old for this source: upgrade it or take it off PATH (one is then fetched), {RETRY}."
    ),
    r"signal: killed|out of memory|cannot allocate memory": (
        f"the machine ran out of memory: close other programs or set GOFLAGS=-p=1, {RETRY}."
    ),
    r"UnknownIssuer|CERTIFICATE_VERIFY_FAILED|certificate signed by unknown|SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER": (
        "the registry's certificate is not trusted, as behind a company's proxy: set SSL_CERT_FILE, REQUESTS_CA_BUNDLE "
        f"and NODE_EXTRA_CA_CERTS to the file with its authority, {RETRY}."
    ),
    r"no such host|connection refused|network is unreachable|ENOTFOUND|ECONNREFUSED|ECONNRESET|EAI_AGAIN|ETIMEDOUT": (
        UNREACHABLE
    ),
    r"dns error|error sending request|failed to fetch|name resolution|i/o timeout|TLS handshake|Max retries": UNREACHABLE,
    r"proxyconnect|timed out|404 Not Found|403 Forbidden|502 Bad Gateway|503 Service": UNREACHABLE,
    r"permission denied|EACCES": f"a file could not be written: check who owns the folder named above, {RETRY}.",
}


class ToolError(Exception):
    """An outside program could not be had. The text says what failed, where the log is and how to go on."""


def remedy(text: str) -> str:
    """The advice for a failed step whose last log lines are `text`."""
    for signs, advice in REMEDIES.items():
        if re.search(signs, text, re.IGNORECASE):
            return advice
    return f"read the log named above, mend what it complains about, {RETRY}."

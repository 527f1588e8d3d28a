"""Where a browser's request comes from: what acts on a cookie or a form is done for our own pages alone."""

from urllib.parse import urlsplit

from fastapi import Request

from shared.errors import Forbidden

OWN = ("same-origin", "none")  # none: typed, or opened from a mail


class CrossSiteRequest(Forbidden):
    """A browser sent this on behalf of another site's page."""

    slug = "cross-site-request"

    def __init__(self) -> None:
        super().__init__("This can only be done from this platform's own pages. Open it there and repeat it.")


async def own_forms_only(request: Request) -> None:
    """As `own_pages_only`, for forms that hold a secret of a link: a page that keeps its address to itself, as theirs does,
    makes older browsers send the origin "null". CrossSiteRequest.
    """
    if "sec-fetch-site" in request.headers or request.headers.get("origin") != "null":
        await own_pages_only(request)


async def own_pages_only(request: Request) -> None:
    """Refuse what a browser sends for another site (Fetch Metadata, https://www.w3.org/TR/fetch-metadata; else by Origin).

    Programs send neither and are let through: nothing adds a cookie to their requests. CrossSiteRequest.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        refused = site not in OWN
    else:
        own = urlsplit(request.app.state.settings.public_url)
        refused = request.headers.get("origin") not in (None, f"{own.scheme}://{own.netloc}")  # older browsers
    if refused:
        raise CrossSiteRequest

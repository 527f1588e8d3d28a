"""What this process tells Prometheus of the requests it answers. Labels are few: no path, method or status of a stranger's choosing."""

from prometheus_client import Gauge, Histogram

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
CUT = "cut"  # no answer was begun: the client went away, or this process was told to end at once

REQUEST_SECONDS = Histogram(
    "codezest_http_request_seconds",
    "Time from the request's first byte to the answer's last; its count is the number of requests",
    ("method", "route", "status"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
IN_PROGRESS = Gauge("codezest_http_requests_in_progress", "Requests that have no whole answer yet")

_series: dict[tuple[str, str, int], Histogram] = {}  # `labels` costs as much as the observation


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count one request to a route's template; `status` is 0 where no answer was begun."""
    known = (method, route, status)
    if (series := _series.get(known)) is None:
        labels = (method if method in METHODS else "other", route, f"{status // 100}xx" if status else CUT)
        series = _series[known] = REQUEST_SECONDS.labels(*labels)
    series.observe(seconds)

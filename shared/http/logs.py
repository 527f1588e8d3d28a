"""One JSON object a line on standard output, with the trace it belongs to."""

import json
import logging
import re
import sys
from datetime import UTC, datetime

from opentelemetry import trace

# PostgreSQL's DETAIL quotes the row that it refused, up to the traceback's next part.
DETAIL = re.compile(r"\n *DETAIL: .*?(?=\n *(?:HINT:|\[SQL|\(Background|\n|Traceback|The above)|\Z)", re.DOTALL)


class JsonFormatter(logging.Formatter):
    """A log record as one line of JSON. Callers pass ids, never bodies, addresses or tokens."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
        }
        context = trace.get_current_span().get_span_context()
        if context.is_valid:
            entry["trace_id"] = trace.format_trace_id(context.trace_id)
        if record.exc_info:
            entry["error"] = DETAIL.sub("\n(detail left out)", self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=False)


def configure_logging(service: str) -> None:
    """Send every logger's INFO and above to standard output as JSON."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter(service))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for chatty in ("httpx", "stripe", "uvicorn.error"):
        logging.getLogger(chatty).setLevel(logging.WARNING)

"""One JSON object a line on standard output, with the request and the trace it belongs to, without what is nobody's business."""

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType

from opentelemetry import trace

from shared.http.redaction import redacted

request_id: ContextVar[str] = ContextVar("request_id", default="")


class JsonFormatter(logging.Formatter):
    """A log record as one line of JSON. Callers pass ids, never bodies, addresses or tokens; what slips in is taken out.

    A record's `fields` (a dict given as `extra={"fields": ...}`) stand beside the message.
    """

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "message": redacted(_message(record)),
        }
        for name, value in getattr(record, "fields", {}).items():
            entry[name] = value if value is None or isinstance(value, int | float) else redacted(str(value))
        if current := request_id.get():
            entry["request_id"] = current
        context = trace.get_current_span().get_span_context()
        if context.is_valid:
            entry["trace_id"] = trace.format_trace_id(context.trace_id)
        if record.exc_info:
            entry["error"] = redacted(self.formatException(record.exc_info))
        if record.stack_info:
            entry["stack"] = redacted(record.stack_info)
        return json.dumps(entry, ensure_ascii=False)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception as error:  # noqa: BLE001 - logging itself would print the arguments, unread, to standard error
        return f"a log message could not be made ({type(error).__name__}): {record.msg!r}"


def configure_logging(service: str) -> None:
    """Send every logger's INFO and above, warnings and what ends the process to standard output as JSON."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter(service))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    for chatty in ("httpx", "stripe", "uvicorn.error"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _uncaught(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if isinstance(error, KeyboardInterrupt):
        return
    logging.getLogger("codezest").critical("the process ends", exc_info=(kind, error, traceback))

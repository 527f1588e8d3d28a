"""Settings every service has. Values come from the environment, secrets never do: those come through the sidecar."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """One service's configuration, read once at start. A value that is missing or not allowed stops the start.

    An environment variable that no field names is nobody's business here: the environment is shared with others.
    """

    model_config = SettingsConfigDict(env_prefix="CODEZEST_", frozen=True, extra="ignore")

    service: str
    instance: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    public_url: str = Field(default="http://localhost:8000", description="Origin that people and clients see")
    trusted_proxies: str = Field(
        default="127.0.0.1,::1", description="Addresses and networks whose X-Forwarded-For is believed: the gateway's"
    )
    proxies: int = Field(
        default=1, ge=1, le=9, description="Trusted proxies in a row: so many last entries of X-Forwarded-For are read"
    )
    database_url: str = Field(description="postgresql://<role>@<host>:<port>/<database>, without a password")
    database_pool: int = Field(default=10, ge=4, le=100)
    broker: bool = Field(default=True, description="Off: nothing is published or subscribed, consumers only pull")
    trace_ratio: float = Field(default=0.05, ge=0, le=1, description="Share of new traces that are recorded")
    otlp_endpoint: str = Field(default="", alias="OTEL_EXPORTER_OTLP_ENDPOINT", description="Empty: no traces leave")
    dapr_http_port: int = Field(default=3500, alias="DAPR_HTTP_PORT", ge=1, le=65535)
    dapr_api_token: str = Field(default="", alias="DAPR_API_TOKEN", repr=False)
    app_api_token: str = Field(alias="APP_API_TOKEN", repr=False, min_length=16)
    request_seconds: float = Field(default=30, gt=0, le=300, description="Seconds after which a request is cut")
    access_log_ratio: float = Field(
        default=0.01, ge=0, le=1, description="Share of requests that are logged; failed and slow ones always are"
    )
    start_timeout: float = Field(default=60, gt=0, description="Seconds to wait for the sidecar and database")
    drain_seconds: float = Field(default=0.5, ge=0, description="Seconds between 'not ready' and refusing connections")
    graceful_seconds: int = Field(
        default=8, ge=1, description="Seconds that requests under way get before a stop cuts them"
    )

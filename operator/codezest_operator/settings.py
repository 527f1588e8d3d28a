"""The operator's settings, from CODEZEST_OPERATOR_... in its environment."""

import socket
from pathlib import Path
from typing import Any

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="CODEZEST_OPERATOR_")

    instance: str = Field(default_factory=socket.gethostname, description="This replica's name in the Lease")
    namespace: str = Field(default="codezest-system", description="Where the Lease is")
    root: Path = Field(default=Path("/app"), description="Where charts/ and services/ are")
    helm: str = Field(default="helm", description="The helm program")
    scratch: Path = Field(default=Path("/tmp/helm"), description="Where helm may write")  # noqa: S108 - the pod's own
    registry: str = Field(default="", description="Where the services' images are")
    platform_values: dict[str, Any] = Field(default_factory=dict, description="Values of charts/platform for everybody")
    passes: int = Field(default=4, ge=1, description="CodeZests that are looked at together")
    helms: int = Field(default=2, ge=1, description="Helm runs at a time")
    lease_seconds: float = Field(default=15, ge=3, le=60, description="Silence after which another replica takes over")
    shutdown_seconds: float = Field(default=315, ge=0, description="How long a helm is waited for at the end")
    port: int = Field(default=8080, ge=0, le=65535, description="Where health and figures are shown")
    address: str = Field(default="0.0.0.0", description="Where that listens")  # noqa: S104 - Prometheus and the kubelet ask

from pydantic import Field

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """What payments needs beside what every service has. Its secrets are payments-stripe-api-key and -webhook-secret."""

    service: str = "payments"
    stripe_api_base: str = Field(
        default="https://api.stripe.com", description="Where Stripe's API, or its stand-in, is"
    )
    stripe_sweep_seconds: float = Field(
        default=30, gt=0, description="Between looks for undelivered webhooks; 300 is fine where money is real"
    )
    stripe_sweep_overlap_seconds: float = Field(
        default=900, ge=0, description="What each look reads again; more than clocks differ and events are late"
    )

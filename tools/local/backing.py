"""Redis, the mail sink and the Stripe stand-in."""

import sys
from collections.abc import Mapping

from tools.local.home import write_private
from tools.local.ports import LOOPBACK
from tools.local.probes import greets, http_ok, redis_answers
from tools.local.site import ROOT, Site
from tools.local.unit import Stage, Unit


def redis_unit(site: Site) -> Unit:
    """The broker and the cache. Its password is in a file because an argument could be read by every user."""
    folder = site.home.path / "redis"
    configuration = site.home.run / "redis.conf"
    password = site.credentials.served["redis-password"]
    settings = {
        "bind": LOOPBACK,
        "port": site.ports["redis"],
        "dir": folder,
        "requirepass": password,
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": '""',
        "maxmemory-policy": "noeviction",
    }

    async def prepare() -> Mapping[str, str]:
        folder.mkdir(mode=0o700, exist_ok=True)
        write_private(configuration, "".join(f"{name} {value}\n" for name, value in settings.items()))
        return {}

    return Unit(
        name="redis",
        command=[site.program("redis-server"), str(configuration)],
        stage=Stage.backing,
        directory=site.home.path,
        prepare=prepare,
        ready=redis_answers(site.ports["redis"], password),
        port=site.ports["redis"],
    )


def mail_unit(site: Site) -> Unit:
    """The mail sink: takes every mail by SMTP, keeps it in a folder and shows it on a page."""
    folder = site.home.path / "mail"

    async def prepare() -> Mapping[str, str]:
        folder.mkdir(mode=0o700, exist_ok=True)
        return {}

    return Unit(
        name="maildev",
        command=[
            site.program("node"),
            site.program("maildev"),
            f"--smtp={site.ports['smtp']}",
            f"--web={site.ports['mail']}",
            f"--ip={LOOPBACK}",
            f"--web-ip={LOOPBACK}",
            f"--mail-directory={folder}",
        ],
        stage=Stage.backing,
        directory=site.home.path,
        prepare=prepare,
        ready=greets(site.ports["smtp"], b"220"),
        port=site.ports["mail"],
        other_ports=(site.ports["smtp"],),
    )


def stripe_unit(site: Site) -> Unit:
    """The stand-in for Stripe: prices, a checkout page to click, signed webhooks."""
    port = site.ports["stripe"]
    return Unit(
        name="stripe",
        command=[
            sys.executable,
            "-m",
            "tools.stripe",
            "--port",
            str(port),
            "--home",
            str(site.home.path / "stripe"),
        ],
        stage=Stage.backing,
        directory=ROOT,
        environment={
            "STRIPE_API_KEY": site.credentials.served["payments-stripe-api-key"],
            "STRIPE_WEBHOOK_SECRET": site.credentials.served["payments-stripe-webhook-secret"],
            "STRIPE_WEBHOOK_URL": f"{site.public_url}/api/payments/v1/stripe/webhook",
        },
        ready=http_ok(port, "/healthz"),
        port=port,
    )

"""The learning service without any middleware of ours: what the stack costs is the difference."""

from fastapi import FastAPI

from services.learning import main


def create_app() -> FastAPI:
    """The same app, its stack taken off before the first request builds it."""
    app = main.create_app()
    app.user_middleware.clear()
    return app

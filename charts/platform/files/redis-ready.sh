#!/bin/sh
# Whether Redis answers, not merely listens: while it reads its file it says LOADING.
REDISCLI_AUTH="$(cat "$PASSWORD_FILE")" redis-cli ping | grep -q PONG

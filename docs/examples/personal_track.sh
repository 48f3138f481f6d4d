#!/bin/sh
# A personal track, now: sign in, have it composed, follow that as it happens, like it, and hear its first bytes.
#
#     sh personal_track.sh http://127.0.0.1:8420 ada        asks for the password, or reads it from a pipe
#
# It needs curl and what every system has.
set -eu

API=$1/api/v1
name=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The first text of that name in the JSON that comes in.
field() { grep -o "\"$1\" *: *\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4; }
ask() { curl --silent --show-error --fail-with-body "$@"; }
json() { ask -H 'Content-Type: application/json' "$@"; }

# 1. Sign in. Writes by the cookie need the token that comes with it.
printf 'Password: ' >&2
read -r password
quoted=$(printf '%s' "$password" | sed 's/["\\]/\\&/g')
signed_in=$(printf '{"name": "%s", "password": "%s"}' "$name" "$quoted" | json -c "$work/cookies" --data @- "$API/sessions")
echo "Signed in as $(echo "$signed_in" | field name)."
by_cookie() { json -b "$work/cookies" -H "X-CSRF-Token: $(echo "$signed_in" | field csrf_token)" "$@"; }

# 2. Make a key that may do what follows and nothing else. A program of yours keeps it and begins here.
key=$(by_cookie "$API/me/tokens" --data '{"label": "an example", "scopes":
    ["compose", "profile:read", "library:read", "feedback:write", "stream"]}')
AUTH="Authorization: Bearer $(echo "$key" | field secret)"

# 3. A personal track, now. The Idempotency-Key lets a lost answer be asked for again.
piece=$(json "$API/compositions/next" -H "$AUTH" -H "Idempotency-Key: $(date +%s)-$$" --data '{}' -w '\n%{http_code}')
if [ "$(echo "$piece" | tail -n 1)" = 200 ]; then
    track=$(echo "$piece" | field id)
else
    # 4. None was ready: follow its job until that is over. A stream that ends early is asked for again.
    job=$(echo "$piece" | field id)
    state=queued
    while [ "$state" = queued ] || [ "$state" = running ]; do
        last=$(ask --no-buffer "$API/jobs/$job/events" -H "$AUTH" | while read -r line; do
            case $line in data:*)
                echo "$line"
                echo "$line" | field progress_text >&2 || true ;;
            esac
        done | tail -n 1)
        state=$(echo "$last" | field state)
    done
    track=$(echo "$last" | field track_id || true)
    if [ "$state" != done ] || [ -z "$track" ]; then
        echo "No track came of it: $last" >&2
        exit 1
    fi
fi
echo "Composed: $(ask "$API/tracks/$track" -H "$AUTH" | field title)"

# 5. A thumb up: the next list and the next piece follow it.
json -X PUT "$API/tracks/$track/thumb" -H "$AUTH" --data '{"value": "up"}' | field value

# 6. Its first bytes, by a range.
ask "$API/tracks/$track/stream" -H "$AUTH" -r 0-65535 -o "$work/beginning" -w 'Status %{http_code}, %{size_download} bytes: '
head -c 4 "$work/beginning"
echo

# 7. Leave nothing behind.
by_cookie -X DELETE "$API/me/tokens/$(echo "$key" | field id)"
by_cookie -X DELETE "$API/sessions/current"

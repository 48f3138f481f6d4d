#!/bin/sh
# Runs `PYTHON ARGUMENT...` in a fresh network namespace where only loopback exists.
set -eu

if [ "$(id -u)" -eq 0 ] && unshare -n true 2>/dev/null; then
    as_whom=-n
elif unshare -rn true 2>/dev/null; then
    as_whom=-rn
else
    echo "No network namespaces here: the suite's own guard refuses every connection that is not loopback." >&2
    exec "$@"
fi

# shellcheck disable=SC2016  # the inner shell expands these
exec unshare "$as_whom" sh -c '"$1" scripts/loopback_up.py && exec "$@"' offline "$@"

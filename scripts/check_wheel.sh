#!/bin/sh
# Installs the wheel in dist/ in an empty environment, away from the clone, and runs the demo from it.
set -eu
python=$PWD/.venv/bin/python
constraints=$PWD/constraints.txt
wheel=$(echo "$PWD"/dist/homespun-*.whl)
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"

"$python" -m venv environment
environment/bin/python -m pip install --quiet --constraint "$constraints" "$wheel[demo]"
environment/bin/homespun models prepare
environment/bin/homespun demo --json --data-dir data > demo.json
environment/bin/python - demo.json <<'CHECK'
import json, sys

demo = json.load(open(sys.argv[1], encoding="utf-8"))
assert demo["compositions"], "the demo from the wheel composed nothing"
assert all(demo["recommendations"].values()), "a listener of the demo got no list"
print(f"The wheel's demo: {len(demo['compositions'])} compositions for {len(demo['recommendations'])} listeners.")
CHECK

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
# The pages are only there with the bundle that was built for them.
environment/bin/python - <<'CHECK'
from service.web.bundle import STATIC_DIR, built_names

assert all((STATIC_DIR / name).stat().st_size > 10_000 for name in built_names().values()), "the bundle is not whole"
assert not (STATIC_DIR.parent / "frontend").exists(), "the bundle's sources came along"
assert (STATIC_DIR.parent / "templates" / "player.html").exists(), "the pages' templates are missing"
CHECK
environment/bin/homespun demo --json --data-dir data > demo.json
environment/bin/python - demo.json <<'CHECK'
import json, sys

demo = json.load(open(sys.argv[1], encoding="utf-8"))
assert demo["compositions"], "the demo from the wheel composed nothing"
assert all(demo["recommendations"].values()), "a listener of the demo got no list"
print(f"The wheel's demo: {len(demo['compositions'])} compositions for {len(demo['recommendations'])} listeners.")
CHECK

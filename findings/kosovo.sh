#!/usr/bin/env bash
# pycountry 26.2.16, and the data of Unicode's CLDR in Node.js.
# Guess: Kosovo, whose code `XK` Microsoft Entra offers for countries of named locations, is in a library of the world's
# countries.
# Seen: `pycountry` follows ISO 3166-1, which has none: neither the code nor the name is found. CLDR has both.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv venv && venv/bin/pip install --quiet pycountry==26.2.16
cat > run.py <<'PY'
import pycountry
assert pycountry.countries.get(alpha_2="XK") is None
try:
    pycountry.countries.lookup("Kosovo")
except LookupError as error:
    print("pycountry:", error)
else:
    raise SystemExit("found")
assert pycountry.countries.get(alpha_2="SI").name == "Slovenia"
PY
venv/bin/python run.py
name=$(node -p 'new Intl.DisplayNames(["en"], { type: "region", fallback: "none" }).of("XK")')
echo "CLDR: $name"
[ "$name" = Kosovo ]

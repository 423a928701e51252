#!/usr/bin/env bash
# python-hcl2 8.1.4.
# Guess: `display_name = "MFA"` becomes the text `MFA`, and the block the keys `azuread_conditional_access_policy` and `mfa`.
# Seen: the quotes are part of every text and of every label, so that `state == "enabled"` is false; a reference has none and
# stands in `${…}`; every block has a member `__is_block__`, which no HCL has.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv venv && venv/bin/pip install --quiet python-hcl2==8.1.4
cat > run.py <<'PY'
import hcl2
read = hcl2.loads('''
resource "azuread_conditional_access_policy" "mfa" {
  state = "enabled"
  users { excluded_groups = [azuread_group.emergency.object_id] }
}
''')
print(read)
block = read["resource"][0]['"azuread_conditional_access_policy"']['"mfa"']
assert block["state"] == '"enabled"'
assert block["users"][0]["excluded_groups"] == ["${azuread_group.emergency.object_id}"]
assert block["__is_block__"] is True
PY
venv/bin/python run.py

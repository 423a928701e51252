#!/usr/bin/env bash
# msgraph-sdk 1.65.0 (Graph's SDK for Python) with microsoft-kiota-serialization-json 1.16.0.
# Guess: a duration is written in ISO 8601, as Graph has it (Graph documentation: expirationPattern), and what the SDK wrote
# it can read.
# Seen: `P90D` is written as `90 days, 0:00:00`, the words of a Python timedelta; read again, the duration is not there, and
# no error is raised.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv venv && venv/bin/pip install --quiet msgraph-sdk==1.65.0 microsoft-kiota-serialization-json==1.16.0
cat > run.py <<'PY'
import json
from kiota_serialization_json.json_parse_node_factory import JsonParseNodeFactory
from kiota_serialization_json.json_serialization_writer_factory import JsonSerializationWriterFactory
from msgraph.generated.models.expiration_pattern import ExpirationPattern
def again(pattern):
    node = JsonParseNodeFactory().get_root_parse_node("application/json", json.dumps(pattern).encode())
    writer = JsonSerializationWriterFactory().get_serialization_writer("application/json")
    writer.write_object_value(None, node.get_object_value(ExpirationPattern))
    return json.loads(writer.get_serialized_content())
once = again({"type": "afterDuration", "duration": "P90D"})
twice = again(once)
print(once, twice)
assert once == {"type": "afterDuration", "duration": "90 days, 0:00:00"}
assert twice == {"type": "afterDuration"}
PY
venv/bin/python run.py

#!/usr/bin/env bash
# @microsoft/sarif-multitool 5.7.0.
# Guess: `validate` of a log that breaks the schema ends with an exit status that a pipeline sees.
# Seen: it prints `error JSON1002` for a result without a message, then `Analysis completed successfully`, and exits with 0.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm init --yes > npm.log && npm install --silent --no-audit --no-fund @microsoft/sarif-multitool@5.7.0 >> npm.log 2>&1
echo '{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [{"ruleId": "r"}]}]}' > log.sarif
status=0
output=$(npx sarif-multitool validate log.sarif 2>&1) || status=$?
echo "$output"; echo "exit $status"
grep -q "error JSON1002: .*'message' is missing" <<<"$output"
[ "$status" = 0 ]

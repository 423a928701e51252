#!/usr/bin/env bash
# @microsoft/microsoft-graph-types 2.43.1, checked by typescript 5.9.3.
# Guess: types that Microsoft generates for Graph's answers take a documented answer. `insiderRiskLevels` is an enumeration
# of flags: text such as `moderate,elevated` (Graph documentation: conditionalAccessConditionSet).
# Seen: one level checks, two do not.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm init --yes > npm.log
npm install --silent --no-audit --no-fund @microsoft/microsoft-graph-types@2.43.1 typescript@5.9.3 >> npm.log 2>&1
with() {
  cat > set.ts <<TS
import type { ConditionalAccessConditionSet } from "@microsoft/microsoft-graph-types";
export const set: ConditionalAccessConditionSet = { clientAppTypes: ["all"], insiderRiskLevels: "$1" };
TS
  npx tsc --noEmit --strict set.ts
}
with elevated
if output=$(with moderate,elevated); then echo "both check"; exit 1; fi
echo "$output"
grep -q "TS2322" <<<"$output"

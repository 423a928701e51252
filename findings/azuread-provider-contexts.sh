#!/usr/bin/env bash
# @cdktf/provider-azuread 14.3.1: the schema of the Terraform provider hashicorp/azuread, as HashiCorp generated it from
# version 3.7.0 of the provider.
# Guess: a policy of the provider can be about whatever one of Graph v1.0 can. Graph has applications, user actions,
# authentication contexts and a filter for applications (Graph documentation: conditionalAccessApplications).
# Seen: the provider has applications and user actions, and neither of the others, while it has the filters for devices and
# for workload identities.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm init --yes > npm.log
npm install --silent --no-audit --no-fund --legacy-peer-deps @cdktf/provider-azuread@14.3.1 >> npm.log 2>&1
package=node_modules/@cdktf/provider-azuread
members=$(awk '/export interface ConditionalAccessPolicyConditionsApplications \{/,/^}/' \
  $package/lib/conditional-access-policy/index.d.ts | grep -oE 'readonly [a-zA-Z]+' | cut -d' ' -f2 | paste -sd' ')
echo "members: $members"
[ "$members" = "excludedApplications includedApplications includedUserActions" ]
if grep -qi "authentication_context" $package/lib/conditional-access-policy/index.js; then exit 1; fi
grep -q "interface ConditionalAccessPolicyConditionsClientApplicationsFilter" $package/lib/conditional-access-policy/index.d.ts

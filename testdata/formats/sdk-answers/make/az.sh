#!/usr/bin/env bash
# What `az rest` prints of Graph's answers (azure-cli, see ../../az-rest): az.sh FOLDER, with `az` on the path.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd); mkdir -p "$1"; cd "$1"
coproc GRAPH { python3 "$here/serve.py" 8099; }
trap 'exec {GRAPH[1]}>&-' EXIT
sleep 1
get() { az rest --skip-authorization-header --headers Prefer=include-unknown-enum-members --url "http://127.0.0.1:8099/v1.0/$1" "${@:2}"; }
get organization > organization.json
get identity/conditionalAccess/policies > policies.json
get policies/authenticationStrengthPolicies --query value > strengths.json
get policies/crossTenantAccessPolicy/default > crossTenantDefault.json
get identityGovernance/entitlementManagement/connectedOrganizations -o yaml > connectedOrganizations.yaml
get users --query value > users.json

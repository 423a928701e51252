#!/usr/bin/env bash
# What the Microsoft 365 CLI prints of Graph's answers (@pnp/cli-microsoft365, see ../../m365-cli): m365.sh FOLDER, in a
# folder where the package is installed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd); to=$(mkdir -p "$1" && cd "$1" && pwd)
export CLIMICROSOFT365_NOUPDATE=1
coproc GRAPH { python3 "$here/serve.py" 8099; }
trap 'exec {GRAPH[1]}>&-' EXIT
sleep 1
get() { node --import "$here/m365.mjs" node_modules/@pnp/cli-microsoft365/dist/index.js "${@:2}" --output json > "$to/$1.json"; }
get organization entra organization list
get policies entra policy list --type conditionalAccess
get strengths entra policy list --type authenticationStrength
get authorizationPolicy entra policy list --type authorization
get securityDefaults entra policy list --type identitySecurityDefaultsEnforcement
get users entra user list --properties id,displayName,userPrincipalName,mail,userType,accountEnabled,externalUserState,creationType,createdDateTime,identities
get namedLocations request --url @graph/identity/conditionalAccess/namedLocations
get crossTenantDefault request --url @graph/policies/crossTenantAccessPolicy/default

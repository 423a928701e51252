#!/usr/bin/env bash
# checkov 3.3.30.
# Guess: Checkov, which has hundreds of checks for Azure, has some for Conditional Access policies, the first of what protects
# an Azure tenant; or it says of a policy that it has none.
# Seen: of its checks one is about a resource of the provider azuread, the federated credential of an application. A policy that
# is disabled is no resource at all: nothing passed, nothing failed, none skipped, exit 0.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv venv && venv/bin/pip install --quiet checkov==3.3.30
cat > policy.tf <<'TF'
resource "azuread_conditional_access_policy" "everybody" {
  display_name = "Everybody does multifactor authentication"
  state        = "disabled"
  conditions {
    client_app_types = ["all"]
    applications { included_applications = ["All"] }
    users { included_users = ["All"] }
  }
  grant_controls {
    operator          = "OR"
    built_in_controls = ["mfa"]
  }
}
TF
checks=$(venv/bin/checkov --list 2> list.log | grep -oE 'azuread_[a-z_]+' | sort -u | paste -sd' ')
found=$(venv/bin/checkov --file policy.tf --skip-download --output json 2> run.log | tr -d ' \n')
echo "resources with a check: $checks; of the policy: $found"
[ "$checks" = azuread_application_federated_identity_credential ]
grep -q '"passed":0,"failed":0,"skipped":0,"parsing_errors":0,"resource_count":0' <<<"$found"

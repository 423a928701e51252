resource "azuread_conditional_access_policy" "guests" {
  display_name = "Guests - all apps - MFA"
  state        = "enabled"

  conditions {
    client_app_types = ["all"]

    applications {
      included_applications = ["All"]
    }

    users {
      included_guests_or_external_users {
        guest_or_external_user_types = ["b2bCollaborationGuest", "internalGuest"]

        external_tenants {
          membership_kind = "all"
        }
      }
      excluded_groups = [var.emergency_access_group_id]
    }
  }

  grant_controls {
    operator          = "OR"
    built_in_controls = ["mfa"]
  }
}

variable "emergency_access_group_id" {
  type = string
}

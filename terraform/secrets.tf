# The secrets' places. Their values are put there by hand (README.md) and are never known to Terraform.

resource "google_secret_manager_secret" "secret" {
  for_each  = local.declared.secrets
  project   = var.project
  secret_id = each.key

  replication {
    user_managed {
      replicas { location = var.region }
    }
  }

  depends_on = [google_project_service.used]
}

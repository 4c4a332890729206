# The services this project uses, and who of Google's own agents acts in it.

resource "google_project_service" "used" {
  for_each = toset([
    "artifactregistry", "bigquery", "billingbudgets", "cloudbuild", "cloudfunctions", "cloudscheduler", "cloudtasks",
    "compute", "firestore", "iap", "logging", "monitoring", "pubsub", "run", "secretmanager", "storage",
  ])
  project            = var.project
  service            = "${each.key}.googleapis.com"
  disable_on_destroy = false
}

# Every reading of personal data leaves a trace with the platform, beside our own audit log.
resource "google_project_iam_audit_config" "data" {
  for_each = toset(["datastore.googleapis.com", "storage.googleapis.com", "secretmanager.googleapis.com", "bigquery.googleapis.com"])
  project  = var.project
  service  = each.key

  audit_log_config { log_type = "DATA_READ" }
  audit_log_config { log_type = "DATA_WRITE" }
}

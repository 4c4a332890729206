# Documents that nobody changes, archives of code with where they come from, and who read what.

resource "google_storage_bucket" "documents" {
  project                     = var.project
  name                        = "${var.project}-billing-documents"
  location                    = var.location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  # No versions beside it: under retention no object is ever replaced.
  retention_policy {
    retention_period = var.retention_years * 366 * 86400
    is_locked        = var.lock_retention
  }

  logging {
    log_bucket        = google_storage_bucket.access_logs.name
    log_object_prefix = "documents"
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_storage_bucket" "archives" {
  project                     = var.project
  name                        = "${var.project}-billing-archives"
  location                    = var.location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  versioning {
    enabled = true
  }

  logging {
    log_bucket        = google_storage_bucket.access_logs.name
    log_object_prefix = "archives"
  }
}

resource "google_storage_bucket" "access_logs" {
  project                     = var.project
  name                        = "${var.project}-billing-access-logs"
  location                    = var.location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  versioning {
    enabled = true
  }

  lifecycle_rule {
    condition { age = 400 }
    action { type = "Delete" }
  }
}

# Storage's own usage logs are written by Google's group.
resource "google_storage_bucket_iam_member" "access_logs" {
  for_each = toset([google_storage_bucket.access_logs.name])
  bucket   = each.key
  role     = "roles/storage.objectCreator"
  member   = "group:cloud-storage-analytics@google.com"
}

# The archives once more, with their bills of materials: of what stands here, Cloud Build signs where it comes from.
resource "google_artifact_registry_repository" "releases" {
  project       = var.project
  location      = var.region
  repository_id = "billing-releases"
  format        = "GENERIC"
  description   = "Each release's archives and bills of materials."
  depends_on    = [google_project_service.used]
}

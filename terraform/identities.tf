# One identity an area, allowed what its declarations and its code ask for and nothing more; and two that do no business:
# the pusher, as whom Pub/Sub, Tasks and Scheduler call, and the builder, as whom archives become containers.

resource "google_service_account" "area" {
  for_each     = local.areas
  project      = var.project
  account_id   = "billing-${each.key}"
  display_name = "Billing: ${each.key}"
}

resource "google_service_account" "pusher" {
  project      = var.project
  account_id   = "billing-pusher"
  display_name = "Billing: brings messages to functions"
}

resource "google_service_account" "builder" {
  project      = var.project
  account_id   = "billing-builder"
  display_name = "Billing: builds functions from archives"
}

resource "google_project_iam_member" "database" {
  for_each = local.database_users
  project  = var.project
  role     = each.value
  member   = google_service_account.area[each.key].member

  condition {
    title      = "billing's database only"
    expression = "resource.name == '${google_firestore_database.billing.id}' || resource.name.startsWith('${google_firestore_database.billing.id}/')"
  }
}

resource "google_pubsub_topic_iam_member" "publisher" {
  for_each = local.granted["publishes"]
  project  = var.project
  topic    = google_pubsub_topic.event[each.value.name].name
  role     = "roles/pubsub.publisher"
  member   = google_service_account.area[each.value.area].member
}

resource "google_cloud_tasks_queue_iam_member" "enqueuer" {
  for_each = local.granted["queues"]
  project  = var.project
  location = var.region
  name     = google_cloud_tasks_queue.function[each.value.name].name
  role     = "roles/cloudtasks.enqueuer"
  member   = google_service_account.area[each.value.area].member
}

# Who puts a task into a queue says as whom it is to be brought.
resource "google_service_account_iam_member" "acts_as_pusher" {
  for_each           = local.task_senders
  service_account_id = google_service_account.pusher.name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.area[each.key].member
}

resource "google_storage_bucket_iam_member" "files" {
  for_each = local.file_users
  bucket   = google_storage_bucket.documents.name
  role     = each.value.role
  member   = google_service_account.area[each.value.area].member
}

resource "google_bigquery_table_iam_member" "row_writer" {
  for_each   = local.row_writers
  project    = var.project
  dataset_id = google_bigquery_table.table[each.value.table].dataset_id
  table_id   = google_bigquery_table.table[each.value.table].table_id
  role       = "roles/bigquery.dataEditor"
  member     = google_service_account.area[each.value.area].member
}

resource "google_bigquery_dataset_iam_member" "row_reader" {
  for_each   = local.row_readers
  project    = var.project
  dataset_id = google_bigquery_dataset.dataset[each.value.dataset].dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = google_service_account.area[each.value.area].member
}

resource "google_project_iam_member" "row_reader" {
  for_each = { for area, one in local.areas : area => one if one.reads_rows }
  project  = var.project
  role     = "roles/bigquery.jobUser"
  member   = google_service_account.area[each.key].member
}

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each  = local.granted["secrets"]
  project   = var.project
  secret_id = google_secret_manager_secret.secret[each.value.name].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.area[each.value.area].member
}

# Pub/Sub and Scheduler sign the pusher's tokens; Cloud Tasks does so by itself.
resource "google_service_account_iam_member" "signs_as_pusher" {
  for_each           = toset(["pubsub", "cloudscheduler"])
  service_account_id = google_service_account.pusher.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = "serviceAccount:service-${var.project_number}@gcp-sa-${each.key}.iam.gserviceaccount.com"
}

resource "google_project_iam_member" "builder" {
  for_each = toset(["roles/logging.logWriter", "roles/artifactregistry.writer"])
  project  = var.project
  role     = each.key
  member   = google_service_account.builder.member
}

resource "google_storage_bucket_iam_member" "builder" {
  for_each = toset([google_storage_bucket.archives.name])
  bucket   = each.key
  role     = "roles/storage.objectViewer"
  member   = google_service_account.builder.member
}

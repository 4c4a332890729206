# What must hold of every plan, whatever is declared. The cloud is made up: `terraform test` reaches nothing.

mock_provider "google" {
  mock_resource "google_service_account" {
    override_during = plan
    defaults        = { email = "somebody@billing-test.iam.gserviceaccount.com", member = "serviceAccount:somebody" }
  }
}

variables {
  project         = "billing-test"
  project_number  = "12"
  host            = "billing.example"
  staff           = { "finance@marketplace.example" = ["finance"] }
  report_readers  = ["group:finance@marketplace.example"]
  notified        = ["on-call@marketplace.example"]
  billing_account = "0"
  retention_years = 12
  lock_retention  = true
  world = {
    stripe_url    = "https://api.stripe.example"
    sap_url       = "https://sap.example"
    sap_odata_url = "https://sap.example/odata"
    smtp_host     = "mail.example"
    smtp_port     = 587
    mail_from     = "billing@marketplace.example"
  }
}

run "what_is_declared_is_made_and_no_more" {
  command = plan

  assert {
    condition     = alltrue([for one in google_pubsub_subscription.push : one.retry_policy[0].minimum_backoff == "1s" && one.retry_policy[0].maximum_backoff == "60s"])
    error_message = "A subscription waits otherwise than declared."
  }
  assert {
    condition     = alltrue([for key, one in google_pubsub_subscription.push : length(one.dead_letter_policy) == (endswith(key, ".${local.declared.dead_letters}") ? 0 : 1)])
    error_message = "A subscription has no dead letter, or the dead letters have one."
  }
  assert {
    condition     = alltrue([for one in google_pubsub_subscription.push : one.expiration_policy[0].ttl == ""])
    error_message = "A subscription would be deleted after a month of silence."
  }
  assert {
    condition     = toset(keys(google_service_account.area)) == toset(keys(local.declared.areas))
    error_message = "Not one identity an area."
  }
  assert {
    condition     = alltrue([for one in google_storage_bucket_iam_member.files : !contains(["roles/storage.admin", "roles/storage.objectAdmin", "roles/storage.objectUser"], one.role)])
    error_message = "Somebody may replace or delete a document."
  }
  assert {
    condition     = toset([for one in values(google_storage_bucket_iam_member.files) : one.role if endswith(one.role, "Creator")]) == toset(["roles/storage.objectCreator"])
    error_message = "Nobody may add a document."
  }
  assert {
    condition     = length(google_secret_manager_secret_iam_member.reader) == sum([for one in local.declared.areas : length(one.secrets)])
    error_message = "A secret is read by another area than declares it."
  }
  assert {
    condition     = toset([for name, one in google_cloud_run_v2_service_iam_member.invoker : name if one.member == "allUsers"]) == toset(keys(local.api))
    error_message = "A function is open to everybody that isn't the API or a webhook."
  }
  assert {
    condition     = alltrue([for name, one in google_cloudfunctions2_function.function : one.service_config[0].ingress_settings == "ALLOW_INTERNAL_ONLY" if local.functions[name].door == "platform"])
    error_message = "A function of the platform's own can be reached from outside."
  }
  assert {
    condition     = length(flatten([for level in local.views : keys(level)])) == length(local.declared.warehouse.views)
    error_message = "A view stands higher than there are levels in warehouse.tf."
  }
  assert {
    condition     = alltrue([for one in google_bigquery_dataset_iam_member.report_reader : one.role == "roles/bigquery.dataViewer"])
    error_message = "A reader of reports may more than read."
  }
  assert {
    condition     = google_storage_bucket.documents.retention_policy[0].retention_period >= 12 * 365 * 86400
    error_message = "Documents are kept for less than was asked."
  }
  assert {
    condition     = google_storage_bucket.documents.retention_policy[0].is_locked
    error_message = "The retention can be taken back."
  }
}

run "somebody_has_to_be_told" {
  command = plan

  variables {
    notified = []
  }
  expect_failures = [var.notified]
}

run "a_document_is_not_kept_for_less_than_the_longest_duty" {
  command = plan

  variables {
    retention_years = 9
  }
  expect_failures = [var.retention_years]
}

run "staff_have_roles_there_are" {
  command = plan

  variables {
    staff = { "finance@marketplace.example" = ["owner"] }
  }
  expect_failures = [var.staff]
}

run "readers_of_reports_are_no_public" {
  command = plan

  variables {
    report_readers = ["allAuthenticatedUsers"]
  }
  expect_failures = [var.report_readers]
}

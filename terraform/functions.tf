# The functions, each from its area's archive by its entry point, and who may call it.

resource "google_storage_bucket_object" "archive" {
  for_each     = local.areas
  bucket       = google_storage_bucket.archives.name
  name         = "${each.key}-${filesha256("${var.archives}/${each.key}.zip")}.zip"
  source       = "${var.archives}/${each.key}.zip"
  content_type = "application/zip"

}

resource "google_cloudfunctions2_function" "function" {
  for_each    = local.functions
  project     = var.project
  location    = var.region
  name        = each.key
  description = "${each.value.area}: ${each.value.trigger}"
  labels      = { area = each.value.area, door = each.value.door }

  build_config {
    runtime         = local.declared.runtime
    entry_point     = each.value.entry_point
    service_account = google_service_account.builder.id

    source {
      storage_source {
        bucket = google_storage_bucket.archives.name
        object = google_storage_bucket_object.archive[each.value.area].name
      }
    }
  }

  service_config {
    service_account_email            = google_service_account.area[each.value.area].email
    ingress_settings                 = each.value.door == "platform" ? "ALLOW_INTERNAL_ONLY" : "ALLOW_INTERNAL_AND_GCLB"
    all_traffic_on_latest_revision   = true
    available_cpu                    = "1"
    available_memory                 = "512Mi"
    timeout_seconds                  = each.value.door == "platform" ? 300 : 60
    max_instance_count               = var.most_instances
    min_instance_count               = 0
    max_instance_request_concurrency = 40
    environment_variables            = local.environment

    dynamic "secret_environment_variables" {
      for_each = toset(local.areas[each.value.area].secrets)
      content {
        project_id = var.project
        key        = local.declared.secrets[secret_environment_variables.value]
        secret     = google_secret_manager_secret.secret[secret_environment_variables.value].secret_id
        version    = "latest"
      }
    }
  }

  depends_on = [google_project_service.used, google_secret_manager_secret_iam_member.reader]
}

locals {
  environment = {
    BILLING_MODE           = "cloud"
    BILLING_PROJECT        = var.project
    BILLING_REGION         = var.region
    BILLING_BASE_URL       = local.base_url
    BILLING_FUNCTIONS_URL  = local.pattern
    BILLING_ISSUER_URL     = "https://accounts.google.com"
    BILLING_PUSHER         = google_service_account.pusher.email
    BILLING_IAP_AUDIENCE   = one([for name, one in google_compute_backend_service.public : "/projects/${var.project_number}/global/backendServices/${one.generated_id}" if local.public[name].door == "console"])
    BILLING_STAFF          = jsonencode(var.staff)
    BILLING_STRIPE_URL     = var.world.stripe_url
    BILLING_ADYEN_URL      = var.world.adyen.url
    BILLING_ADYEN_AREA_URL = var.world.adyen.area_url
    BILLING_ADYEN_MERCHANT = var.world.adyen.merchant
    BILLING_ADYEN_LIVE     = tostring(var.world.adyen.live)
    BILLING_MOLLIE_URL     = var.world.mollie_url
    BILLING_GOCARDLESS_URL = var.world.gocardless_url
    BILLING_SAP_URL        = var.world.sap_url
    BILLING_SAP_ODATA_URL  = var.world.sap_odata_url
    BILLING_VIES_URL       = var.world.vies_url
    BILLING_SMTP_HOST      = var.world.smtp_host
    BILLING_SMTP_PORT      = tostring(var.world.smtp_port)
    BILLING_MAIL_FROM      = var.world.mail_from
    BILLING_BUCKET         = google_storage_bucket.documents.name
  }

  # The API's callers show tokens that the functions check themselves, a webhook its signature; both only through the
  # load balancer. The console is called by the proxy alone, everything else by the pusher alone.
  invokers = {
    api      = "allUsers"
    console  = "serviceAccount:service-${var.project_number}@gcp-sa-iap.iam.gserviceaccount.com"
    platform = google_service_account.pusher.member
  }
}

resource "google_cloud_run_v2_service_iam_member" "invoker" {
  for_each = local.functions
  project  = var.project
  location = var.region
  name     = google_cloudfunctions2_function.function[each.key].name
  role     = "roles/run.invoker"
  member   = local.invokers[each.value.door]
}

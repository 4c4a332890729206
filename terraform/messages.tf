# Topics, our own push subscriptions, queues and schedules.

resource "google_pubsub_topic" "event" {
  for_each                   = local.topics
  project                    = var.project
  name                       = each.key
  message_retention_duration = "604800s"

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }
}

resource "google_pubsub_subscription" "push" {
  for_each             = local.subscriptions
  project              = var.project
  name                 = each.key
  topic                = google_pubsub_topic.event[each.value.topic].id
  ack_deadline_seconds = 60

  push_config {
    push_endpoint = local.addresses[each.value.function]
    oidc_token {
      service_account_email = google_service_account.pusher.email
      audience              = local.addresses[each.value.function]
    }
  }

  # Dead letters come seldom: without this the subscription would be deleted after a month of silence.
  expiration_policy {
    ttl = ""
  }

  retry_policy {
    minimum_backoff = "${local.declared.delivery.shortest_wait_s}s"
    maximum_backoff = "${local.declared.delivery.longest_wait_s}s"
  }

  # A dead letter itself is tried until it is parked.
  dynamic "dead_letter_policy" {
    for_each = each.value.topic == local.declared.dead_letters ? [] : [local.declared.delivery]
    content {
      dead_letter_topic     = google_pubsub_topic.event[local.declared.dead_letters].id
      max_delivery_attempts = dead_letter_policy.value.attempts
    }
  }

  depends_on = [google_cloud_run_v2_service_iam_member.invoker]
}

# Pub/Sub itself moves what it gives up: it has to publish to the dead letters and to acknowledge where they came from.
locals {
  pubsub = "serviceAccount:service-${var.project_number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_pubsub_topic_iam_member" "dead_letters" {
  for_each = toset([local.declared.dead_letters])
  project  = var.project
  topic    = google_pubsub_topic.event[each.key].name
  role     = "roles/pubsub.publisher"
  member   = local.pubsub
}

resource "google_pubsub_subscription_iam_member" "given_up" {
  for_each     = local.subscriptions
  project      = var.project
  subscription = google_pubsub_subscription.push[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub
}

# The second landing: Pub/Sub writes every message as it is, by no code of ours, so that loading can be checked against it.
resource "google_pubsub_subscription" "landing" {
  for_each = toset(local.declared.topics)
  project  = var.project
  name     = "landing.${each.key}"
  topic    = google_pubsub_topic.event[each.key].id

  bigquery_config {
    table          = "${var.project}.${google_bigquery_table.table[local.declared.warehouse.landing].dataset_id}.${google_bigquery_table.table[local.declared.warehouse.landing].table_id}"
    write_metadata = true
  }

  expiration_policy {
    ttl = ""
  }

  retry_policy {
    minimum_backoff = "${local.declared.delivery.shortest_wait_s}s"
    maximum_backoff = "${local.declared.delivery.longest_wait_s}s"
  }

  depends_on = [google_bigquery_table_iam_member.landing]
}

resource "google_bigquery_table_iam_member" "landing" {
  for_each   = toset([local.declared.warehouse.landing])
  project    = var.project
  dataset_id = google_bigquery_table.table[each.key].dataset_id
  table_id   = google_bigquery_table.table[each.key].table_id
  role       = "roles/bigquery.dataEditor"
  member     = local.pubsub
}

# Events' functions have queues too: a parked message is replayed to the one function that refused it.
resource "google_cloud_tasks_queue" "function" {
  for_each = local.platform
  project  = var.project
  location = var.region
  name     = each.key

  rate_limits {
    max_dispatches_per_second = each.value.queue.a_second
    max_concurrent_dispatches = each.value.queue.at_once
  }

  retry_config {
    max_attempts = 100
    min_backoff  = "1s"
    max_backoff  = "60s"
  }

  stackdriver_logging_config {
    sampling_ratio = 0.01
  }
}

resource "google_cloud_scheduler_job" "schedule" {
  for_each         = local.schedules
  project          = var.project
  region           = var.region
  name             = each.key
  schedule         = each.value.schedule
  time_zone        = "Etc/UTC"
  attempt_deadline = "300s"

  http_target {
    http_method = "POST"
    uri         = local.addresses[each.key]
    oidc_token {
      service_account_email = google_service_account.pusher.email
      audience              = local.addresses[each.key]
    }
  }

  # A slot has one effect, however often it comes.
  retry_config {
    retry_count          = 5
    min_backoff_duration = "5s"
    max_backoff_duration = "60s"
  }
}

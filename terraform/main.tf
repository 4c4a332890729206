# Everything follows from declared.json, which is generated from the functions' own declarations.

terraform {
  required_version = ">= 1.7"
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.0"
    }
  }
}

variable "project" { type = string }

variable "region" {
  type    = string
  default = "europe-west1"
}

variable "base_url" {
  type        = string
  description = "The one host in front of the functions."
}

locals {
  declared      = jsondecode(file("${path.module}/declared.json"))
  functions     = local.declared.functions
  areas         = toset([for name, one in local.functions : one.area])
  queued        = { for name, one in local.functions : name => one if one.trigger != "http" }
  schedules     = { for name, one in local.functions : name => one if one.trigger == "schedule" }
  subscriptions = merge([
    for name, one in local.functions : { for topic in one.topics : "${name}.${topic}" => { function = name, topic = topic } }
  ]...)
}

resource "google_service_account" "area" {
  for_each   = local.areas
  project    = var.project
  account_id = "billing-${each.key}"
}

resource "google_service_account" "pusher" {
  project    = var.project
  account_id = "pusher"
}

resource "google_pubsub_topic" "event" {
  for_each = toset(concat(local.declared.topics, [local.declared.dead_letters]))
  project  = var.project
  name     = each.key
}

resource "google_pubsub_subscription" "push" {
  for_each             = local.subscriptions
  project              = var.project
  name                 = each.key
  topic                = google_pubsub_topic.event[each.value.topic].id
  ack_deadline_seconds = 60

  push_config {
    push_endpoint = "${var.base_url}/_functions/${each.value.function}"
    oidc_token {
      service_account_email = google_service_account.pusher.email
      audience              = "${var.base_url}/_functions/${each.value.function}"
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
}

# Pub/Sub itself moves what it gives up: it has to publish to the dead letters and to acknowledge where they came from.

data "google_project" "this" { project_id = var.project }

locals {
  pubsub = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_pubsub_topic_iam_member" "dead_letters" {
  project = var.project
  topic   = google_pubsub_topic.event[local.declared.dead_letters].id
  role    = "roles/pubsub.publisher"
  member  = local.pubsub
}

resource "google_pubsub_subscription_iam_member" "given_up" {
  for_each     = google_pubsub_subscription.push
  project      = var.project
  subscription = each.value.name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub
}

resource "google_cloud_tasks_queue" "function" {
  for_each = local.queued
  project  = var.project
  location = var.region
  name     = each.key

  rate_limits {
    max_dispatches_per_second = 500
    max_concurrent_dispatches = 80
  }

  retry_config {
    max_attempts = 100
    min_backoff  = "1s"
    max_backoff  = "60s"
  }
}

resource "google_cloud_scheduler_job" "schedule" {
  for_each  = local.schedules
  project   = var.project
  region    = var.region
  name      = each.key
  schedule  = each.value.schedule
  time_zone = "Etc/UTC"

  http_target {
    http_method = "POST"
    uri         = "${var.base_url}/_functions/${each.key}"
    oidc_token {
      service_account_email = google_service_account.pusher.email
      audience              = "${var.base_url}/_functions/${each.key}"
    }
  }
}

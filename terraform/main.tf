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
  for_each = toset(concat(local.declared.topics, ["dead-letters"]))
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

  retry_policy {
    minimum_backoff = "1s"
    maximum_backoff = "60s"
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.event["dead-letters"].id
    max_delivery_attempts = 50
  }
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

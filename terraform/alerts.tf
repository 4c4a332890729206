# What wakes somebody. Each alert carries its runbook, a page of the same name: without one there is no plan.

locals {
  # Lines of the platform's own log that are counted.
  counted = {
    parked                = "jsonPayload.message=\"parked\""
    left_to_the_sweep     = "jsonPayload.message=\"left to the sweep\""
    broken_invariants     = "jsonPayload.message=\"broken invariant\""
    red_proofs            = "jsonPayload.message=\"daily proof red\""
    errors                = "resource.type=\"cloud_run_revision\" AND severity>=ERROR"
    schedules_that_failed = "resource.type=\"cloud_scheduler_job\" AND severity>=ERROR"
  }

  # Any more than `over`, within so many seconds.
  alerts = {
    dead-letters = {
      metric   = "pubsub.googleapis.com/subscription/dead_letter_message_count"
      resource = "pubsub_subscription"
      over     = 0
      within_s = 300
      aligner  = "ALIGN_DELTA"
      severity = "ERROR"
    }
    parked-messages = {
      metric   = "logging.googleapis.com/user/billing_parked"
      resource = "cloud_run_revision"
      over     = 0
      within_s = 300
      aligner  = "ALIGN_DELTA"
      severity = "WARNING"
    }
    error-rate = {
      metric   = "logging.googleapis.com/user/billing_errors"
      resource = "cloud_run_revision"
      over     = 10
      within_s = 300
      aligner  = "ALIGN_DELTA"
      severity = "ERROR"
    }
    oldest-unacked-message = {
      metric   = "pubsub.googleapis.com/subscription/oldest_unacked_message_age"
      resource = "pubsub_subscription"
      over     = 600
      within_s = 300
      aligner  = "ALIGN_MAX"
      severity = "ERROR"
    }
    unpublished-commits = {
      metric   = "logging.googleapis.com/user/billing_left_to_the_sweep"
      resource = "cloud_run_revision"
      over     = 50
      within_s = 600
      aligner  = "ALIGN_DELTA"
      severity = "ERROR"
    }
    failed-schedules = {
      metric   = "logging.googleapis.com/user/billing_schedules_that_failed"
      resource = "cloud_scheduler_job"
      over     = 2
      within_s = 600
      aligner  = "ALIGN_DELTA"
      severity = "ERROR"
    }
    red-proofs = {
      metric   = "logging.googleapis.com/user/billing_red_proofs"
      resource = "cloud_run_revision"
      over     = 0
      within_s = 300
      aligner  = "ALIGN_DELTA"
      severity = "CRITICAL"
    }
    broken-invariants = {
      metric   = "logging.googleapis.com/user/billing_broken_invariants"
      resource = "cloud_run_revision"
      over     = 0
      within_s = 300
      aligner  = "ALIGN_DELTA"
      severity = "CRITICAL"
    }
  }

  runbooks = { for name in concat(keys(local.alerts), ["budget"]) : name => file("${path.module}/runbooks/${name}.md") }
}

resource "google_logging_metric" "counted" {
  for_each = local.counted
  project  = var.project
  name     = "billing_${each.key}"
  filter   = each.value

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
  }
}

resource "google_monitoring_notification_channel" "mail" {
  for_each     = var.notified
  project      = var.project
  display_name = "Billing alerts to ${each.key}"
  type         = "email"
  labels       = { email_address = each.key }
}

resource "google_monitoring_alert_policy" "alert" {
  for_each              = local.alerts
  project               = var.project
  display_name          = "billing: ${each.key}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = [for channel in google_monitoring_notification_channel.mail : channel.id]

  conditions {
    display_name = "${each.key} over ${each.value.over} in ${each.value.within_s} s"
    condition_threshold {
      filter          = "metric.type=\"${each.value.metric}\" AND resource.type=\"${each.value.resource}\""
      comparison      = "COMPARISON_GT"
      threshold_value = each.value.over
      duration        = "0s"
      aggregations {
        alignment_period   = "${each.value.within_s}s"
        per_series_aligner = each.value.aligner
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    subject   = "billing: ${each.key}"
    content   = local.runbooks[each.key]
  }

  alert_strategy {
    auto_close = "86400s"
  }

  depends_on = [google_logging_metric.counted]
}

resource "google_billing_budget" "month" {
  billing_account = var.billing_account
  display_name    = "billing (terraform/runbooks/budget.md)"

  budget_filter {
    projects = ["projects/${var.project_number}"]
  }

  amount {
    specified_amount {
      currency_code = var.monthly_budget.currency
      units         = tostring(var.monthly_budget.amount)
    }
  }

  dynamic "threshold_rules" {
    for_each = toset([0.5, 0.9, 1])
    content {
      threshold_percent = threshold_rules.value
    }
  }

  all_updates_rule {
    monitoring_notification_channels = [for channel in google_monitoring_notification_channel.mail : channel.id]
  }
}

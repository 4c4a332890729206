# The database: every second of the last week can be had back, and nobody deletes it by mistake.

resource "google_firestore_database" "billing" {
  project                           = var.project
  name                              = "(default)"
  location_id                       = var.database_location
  type                              = "FIRESTORE_NATIVE"
  concurrency_mode                  = "PESSIMISTIC"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = "DELETE_PROTECTION_ENABLED"
  deletion_policy                   = "ABANDON"
  depends_on                        = [google_project_service.used]
}

resource "google_firestore_backup_schedule" "daily" {
  project   = var.project
  database  = google_firestore_database.billing.name
  retention = "8467200s" # 14 weeks, the longest there is
  daily_recurrence {}
}

resource "google_firestore_index" "composite" {
  for_each = {
    for one in local.indexes.indexes :
    join(".", concat([one.collectionGroup], [for field in one.fields : field.fieldPath])) => one
  }
  project     = var.project
  database    = google_firestore_database.billing.name
  collection  = each.value.collectionGroup
  query_scope = each.value.queryScope

  dynamic "fields" {
    for_each = each.value.fields
    content {
      field_path   = fields.value.fieldPath
      order        = try(fields.value.order, null)
      array_config = try(fields.value.arrayConfig, null)
    }
  }
}

# What nothing is selected by is not indexed: it would cost a write each, and a sequence would cap a collection.
resource "google_firestore_field" "override" {
  for_each   = { for one in local.indexes.fieldOverrides : "${one.collectionGroup}.${one.fieldPath}" => one }
  project    = var.project
  database   = google_firestore_database.billing.name
  collection = each.value.collectionGroup
  field      = each.value.fieldPath

  index_config {
    dynamic "indexes" {
      for_each = each.value.indexes
      content {
        order        = try(indexes.value.order, null)
        array_config = try(indexes.value.arrayConfig, null)
        query_scope  = try(indexes.value.queryScope, null)
      }
    }
  }

  dynamic "ttl_config" {
    for_each = try(each.value.ttl, false) ? [true] : []
    content {}
  }
}

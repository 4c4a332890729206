# BigQuery, from the same definitions as on one machine. A view can only be made after those it reads, so they come in levels.

resource "google_bigquery_dataset" "dataset" {
  for_each                   = local.declared.warehouse.datasets
  project                    = var.project
  dataset_id                 = each.key
  location                   = var.location
  description                = each.value
  delete_contents_on_destroy = false
  depends_on                 = [google_project_service.used]
}

resource "google_bigquery_table" "table" {
  for_each            = local.declared.warehouse.tables
  project             = var.project
  dataset_id          = google_bigquery_dataset.dataset[each.value.dataset].dataset_id
  table_id            = each.value.name
  description         = each.value.description
  schema              = jsonencode(each.value.schema)
  clustering          = each.value.clustering
  deletion_protection = true

  time_partitioning {
    type  = each.value.partitioning.type
    field = each.value.partitioning.field
  }
}

locals {
  views = {
    for name, one in local.declared.warehouse.views : name => merge(one, { sql = replace(one.query, "PROJECT", var.project) })
  }
}

resource "google_bigquery_table" "view_on_tables" {
  for_each            = { for name, one in local.views : name => one if one.level == 0 }
  project             = var.project
  dataset_id          = google_bigquery_dataset.dataset[each.value.dataset].dataset_id
  table_id            = each.value.name
  description         = each.value.description
  deletion_protection = false
  depends_on          = [google_bigquery_table.table]

  view {
    query          = each.value.sql
    use_legacy_sql = false
  }
}

resource "google_bigquery_table" "view_on_views" {
  for_each            = { for name, one in local.views : name => one if one.level == 1 }
  project             = var.project
  dataset_id          = google_bigquery_dataset.dataset[each.value.dataset].dataset_id
  table_id            = each.value.name
  description         = each.value.description
  deletion_protection = false
  depends_on          = [google_bigquery_table.view_on_tables]

  view {
    query          = each.value.sql
    use_legacy_sql = false
  }
}

resource "google_bigquery_table" "view_on_those" {
  for_each            = { for name, one in local.views : name => one if one.level == 2 }
  project             = var.project
  dataset_id          = google_bigquery_dataset.dataset[each.value.dataset].dataset_id
  table_id            = each.value.name
  description         = each.value.description
  deletion_protection = false
  depends_on          = [google_bigquery_table.view_on_views]

  view {
    query          = each.value.sql
    use_legacy_sql = false
  }
}

resource "google_bigquery_table" "view_on_top" {
  for_each            = { for name, one in local.views : name => one if one.level == 3 }
  project             = var.project
  dataset_id          = google_bigquery_dataset.dataset[each.value.dataset].dataset_id
  table_id            = each.value.name
  description         = each.value.description
  deletion_protection = false
  depends_on          = [google_bigquery_table.view_on_those]

  view {
    query          = each.value.sql
    use_legacy_sql = false
  }
}

resource "google_bigquery_dataset_access" "views" {
  for_each   = local.view_sources
  project    = var.project
  dataset_id = google_bigquery_dataset.dataset[each.value.read].dataset_id

  dataset {
    dataset {
      project_id = var.project
      dataset_id = google_bigquery_dataset.dataset[each.value.by].dataset_id
    }
    target_types = ["VIEWS"]
  }
}

# Finance reads the reports: the dataset that stands on top of all others.
resource "google_bigquery_dataset_iam_member" "report_reader" {
  for_each   = var.report_readers
  project    = var.project
  dataset_id = google_bigquery_dataset.dataset[one(distinct([for one in local.declared.warehouse.views : one.dataset if one.level == 3]))].dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = each.key
}

resource "google_project_iam_member" "report_reader" {
  for_each = var.report_readers
  project  = var.project
  role     = "roles/bigquery.jobUser"
  member   = each.key
}

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

# Terraform orders resources, not the instances of one: so a level of views is a module, and stands on the one below.
module "views_0" {
  source     = "./views"
  project    = var.project
  views      = local.views[0]
  depends_on = [google_bigquery_table.table]
}

module "views_1" {
  source     = "./views"
  project    = var.project
  views      = local.views[1]
  depends_on = [module.views_0]
}

module "views_2" {
  source     = "./views"
  project    = var.project
  views      = local.views[2]
  depends_on = [module.views_1]
}

module "views_3" {
  source     = "./views"
  project    = var.project
  views      = local.views[3]
  depends_on = [module.views_2]
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
  dataset_id = google_bigquery_dataset.dataset[local.reports].dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = each.key
}

resource "google_project_iam_member" "report_reader" {
  for_each = var.report_readers
  project  = var.project
  role     = "roles/bigquery.jobUser"
  member   = each.key
}

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

  require_partition_filter = each.value.require_partition_filter

  time_partitioning {
    type          = each.value.partitioning.type
    field         = each.value.partitioning.field
    expiration_ms = try(each.value.partitioning.expiration_ms, null)
  }
}

# A view with arguments: as of which day, as known when.
resource "google_bigquery_routine" "table_function" {
  for_each        = local.declared.warehouse.table_functions
  project         = var.project
  dataset_id      = google_bigquery_dataset.dataset[each.value.dataset].dataset_id
  routine_id      = each.value.name
  routine_type    = "TABLE_VALUED_FUNCTION"
  language        = "SQL"
  description     = each.value.description
  definition_body = replace(each.value.query, "PROJECT", var.project)

  dynamic "arguments" {
    for_each = each.value.arguments
    content {
      name      = arguments.value.name
      data_type = jsonencode({ typeKind = arguments.value.type })
    }
  }

  depends_on = [module.views_5]
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

module "views_4" {
  source     = "./views"
  project    = var.project
  views      = local.views[4]
  depends_on = [module.views_3]
}

module "views_5" {
  source     = "./views"
  project    = var.project
  views      = local.views[5]
  depends_on = [module.views_4]
}

# The highest: views of one legal entity's rows of the reports.
module "views_6" {
  source     = "./views"
  project    = var.project
  views      = local.views[6]
  depends_on = [module.views_5]
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

# Who is let into one legal entity's dataset sees its rows, and none of the others'.
resource "google_bigquery_dataset_iam_member" "entity_reader" {
  for_each   = local.entity_readers
  project    = var.project
  dataset_id = google_bigquery_dataset.dataset[each.value.dataset].dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = each.value.member
}

resource "google_project_iam_member" "report_reader" {
  for_each = local.report_readers
  project  = var.project
  role     = "roles/bigquery.jobUser"
  member   = each.key
}

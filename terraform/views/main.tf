# Views of one level: none of them reads another one of these.

variable "project" {
  type        = string
  description = "The Google Cloud project of the environment."
}

variable "views" {
  type        = map(object({ dataset = string, name = string, description = string, sql = string }))
  description = "Each view by its dataset and name."
}

resource "google_bigquery_table" "view" {
  for_each            = var.views
  project             = var.project
  dataset_id          = each.value.dataset
  table_id            = each.value.name
  description         = each.value.description
  deletion_protection = false

  view {
    query          = each.value.sql
    use_legacy_sql = false
  }
}

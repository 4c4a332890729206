# Everything follows from two generated files: what the functions declare, and what the database must index.
# Nothing here knows a function, a topic or an area by name.

locals {
  declared  = jsondecode(file("${path.module}/declared.json"))
  indexes   = jsondecode(file("${path.module}/firestore.indexes.json"))
  functions = local.declared.functions
  areas     = local.declared.areas
  topics    = toset(concat(local.declared.topics, [local.declared.dead_letters]))

  # Who comes in: `api` whoever has a token or a signature, `console` staff by the proxy, `platform` its own messages.
  public    = { for name, one in local.functions : name => one if one.door != "platform" }
  api       = { for name, one in local.functions : name => one if one.door == "api" }
  console   = { for name, one in local.functions : name => one if one.door == "console" }
  platform  = { for name, one in local.functions : name => one if one.door == "platform" }
  schedules = { for name, one in local.functions : name => one if one.schedule != "" }

  base_url  = "https://${var.host}"
  addresses = { for name, one in local.functions : name => replace(local.pattern, "{name}", name) }
  pattern   = "https://{name}-${var.project_number}.${var.region}.run.app"

  subscriptions = merge([
    for name, one in local.functions : {
      for topic in one.topics : "${name}.${topic}" => { function = name, topic = topic }
    }
  ]...)

  # Who gets what, of each of these lists of an area.
  granted = {
    for list in ["publishes", "queues", "secrets"] : list => merge([
      for area, one in local.areas : { for name in one[list] : "${area}.${name}" => { area = area, name = name } }
    ]...)
  }

  database_roles = { write = "roles/datastore.user", read = "roles/datastore.viewer" }
  database_users = { for area, one in local.areas : area => local.database_roles[one.documents] if one.documents != "" }
  task_senders   = { for area, one in local.areas : area => one if length(one.queues) > 0 }

  # A writer of files may add one, and neither replace nor delete one.
  file_roles = { reads_files = "roles/storage.objectViewer", writes_files = "roles/storage.objectCreator" }
  file_users = merge([
    for may, role in local.file_roles : {
      for area, one in local.areas : "${area}.${may}" => { area = area, role = role } if one[may]
    }
  ]...)

  row_writers = merge([
    for area, one in local.areas : {
      for name, table in local.declared.warehouse.tables : "${area}.${name}" => { area = area, table = name }
    } if one.writes_rows
  ]...)

  # By level: a view reads tables and views of lower levels only. Reports are the dataset on top.
  views = [
    for level in range(7) : {
      for name, one in local.declared.warehouse.views : name => {
        dataset     = google_bigquery_dataset.dataset[one.dataset].dataset_id
        name        = one.name
        description = one.description
        sql         = replace(one.query, "PROJECT", var.project)
      } if one.level == level
    }
  ]
  reports = local.declared.warehouse.reports

  # A view may read what its own readers may not.
  view_sources = {
    for pair in setproduct(keys(local.declared.warehouse.datasets), distinct([for one in local.declared.warehouse.views : one.dataset])) :
    "${pair[0]}.${pair[1]}" => { read = pair[0], by = pair[1] } if pair[0] != pair[1] && !contains(values(local.declared.warehouse.entity_reports), pair[0])
  }

  # Who reads the reports of one legal entity alone.
  entity_readers = merge([
    for entity, members in var.entity_readers : {
      for member in members : "${entity}.${member}" => { dataset = local.declared.warehouse.entity_reports[entity], member = member }
    }
  ]...)
  report_readers = setunion(var.report_readers, toset(flatten([for members in values(var.entity_readers) : tolist(members)])))

  # An area that asks the warehouse reads it, and no more.
  row_readers = merge([
    for area, one in local.areas : {
      for dataset in keys(local.declared.warehouse.datasets) : "${area}.${dataset}" => { area = area, dataset = dataset }
      if !contains(values(local.declared.warehouse.entity_reports), dataset)
    } if one.reads_rows
  ]...)
}

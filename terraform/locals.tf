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

  publishers = merge([
    for area, one in local.areas : { for topic in one.publishes : "${area}.${topic}" => { area = area, topic = topic } }
  ]...)

  enqueuers = merge([
    for area, one in local.areas : { for queue in one.queues : "${area}.${queue}" => { area = area, queue = queue } }
  ]...)

  secret_readers = merge([
    for area, one in local.areas : { for secret in one.secrets : "${area}.${secret}" => { area = area, secret = secret } }
  ]...)

  database_roles = { write = "roles/datastore.user", read = "roles/datastore.viewer" }
  database_users = { for area, one in local.areas : area => local.database_roles[one.documents] if one.documents != "" }
  file_readers   = { for area, one in local.areas : area => one if one.reads_files }
  file_writers   = { for area, one in local.areas : area => one if one.writes_files }
  task_senders   = { for area, one in local.areas : area => one if length(one.queues) > 0 }

  row_writers = merge([
    for area, one in local.areas : {
      for name, table in local.declared.warehouse.tables : "${area}.${name}" => { area = area, table = name }
    } if one.writes_rows
  ]...)

  # A view may read what its own readers may not.
  view_sources = {
    for pair in setproduct(keys(local.declared.warehouse.datasets), distinct([for one in local.declared.warehouse.views : one.dataset])) :
    "${pair[0]}.${pair[1]}" => { read = pair[0], by = pair[1] } if pair[0] != pair[1]
  }
}

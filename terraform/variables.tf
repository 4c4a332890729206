variable "project" {
  type        = string
  description = "The Google Cloud project of one environment."
}

variable "project_number" {
  type        = string
  description = "Its number: part of every function's address."
}

variable "region" {
  type        = string
  default     = "europe-west1"
  description = "Where the functions, queues and schedules are."
}

variable "location" {
  type        = string
  default     = "EU"
  description = "Where files and the warehouse are kept: personal data stays in the European Union."
}

variable "database_location" {
  type        = string
  default     = "eur3"
  description = "Where the database is; it can never be moved."
}

variable "host" {
  type        = string
  description = "The one host name in front of the functions."
}

variable "archives" {
  type        = string
  default     = "../build/archives"
  description = "The folder that `make package` wrote."
}

variable "staff" {
  type        = map(list(string))
  default     = {}
  description = "E-mail of each member of staff and their roles: support, finance, administrator, auditor."
  validation {
    condition     = alltrue([for role in flatten(values(var.staff)) : contains(["support", "finance", "administrator", "auditor"], role)])
    error_message = "A role is support, finance, administrator or auditor."
  }
}

variable "world" {
  type = object({
    stripe_url = string
    adyen = optional(object({ url = string, area_url = string, merchant = string, live = bool }),
    { url = "", area_url = "", merchant = "", live = false })
    mollie_url     = optional(string, "https://api.mollie.com")
    gocardless_url = optional(string, "https://api.gocardless.com")
    sap_url        = string
    sap_odata_url  = string
    vies_url       = optional(string, "https://ec.europa.eu/taxation_customs/vies/rest-api")
    smtp_host      = string
    smtp_port      = number
    mail_from      = string
  })
  description = "Where the payment provider, SAP, the register of VAT ids (empty: nobody is asked) and the mail server are."
}

variable "retention_years" {
  type        = number
  default     = 10
  description = "How long documents are kept; the longest duty of the countries billed in."
  validation {
    condition     = var.retention_years >= 10
    error_message = "Invoices are kept for ten years."
  }
}

variable "lock_retention" {
  type        = bool
  default     = false
  description = "Locks that retention for ever. True in production, where it cannot be taken back."
}

variable "report_readers" {
  type        = set(string)
  default     = []
  description = "Who reads the reports, as IAM members: group:finance@example.com."
  validation {
    condition     = alltrue([for member in var.report_readers : can(regex("^(user|group|serviceAccount):", member))])
    error_message = "Readers are named: user:, group: or serviceAccount:."
  }
}

variable "entity_readers" {
  type        = map(set(string))
  default     = {}
  description = "Who reads the reports of one legal entity alone, by its code: { MP = [\"group:finance-mp@example.com\"] }."
  validation {
    condition     = alltrue([for member in flatten([for members in values(var.entity_readers) : tolist(members)]) : can(regex("^(user|group|serviceAccount):", member))])
    error_message = "Readers are named: user:, group: or serviceAccount:."
  }
}

variable "notified" {
  type        = set(string)
  description = "E-mail addresses that alerts go to."
  validation {
    condition     = length(var.notified) > 0
    error_message = "Somebody has to be told."
  }
}

variable "billing_account" {
  type        = string
  description = "The Cloud Billing account, for the budget."
}

variable "monthly_budget" {
  type        = object({ amount = number, currency = string })
  default     = { amount = 1000, currency = "EUR" }
  description = "What a month may cost before somebody is told; whole units of the account's currency."
}

variable "requests_a_minute" {
  type        = number
  default     = 600
  description = "What one address may ask before it is told to wait."
}

variable "most_instances" {
  type        = number
  default     = 50
  description = "So many instances of one function at most."
}

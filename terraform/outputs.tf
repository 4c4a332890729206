output "address" {
  value       = google_compute_global_address.entrance.address
  description = "What the host's DNS record has to say."
}

output "functions" {
  value       = local.addresses
  description = "Where Pub/Sub, Tasks and Scheduler reach each function."
}

output "secrets" {
  value       = keys(google_secret_manager_secret.secret)
  description = "Secrets that need a value before the first function starts."
}

# The one entrance: a host, its certificate, a limit on what one address may ask, and paths as the functions declare them.

resource "google_compute_global_address" "entrance" {
  project = var.project
  name    = "billing"
}

resource "google_compute_managed_ssl_certificate" "entrance" {
  project = var.project
  name    = "billing"
  managed { domains = [var.host] }
}

resource "google_compute_ssl_policy" "entrance" {
  project         = var.project
  name            = "billing"
  profile         = "RESTRICTED"
  min_tls_version = "TLS_1_2"
}

resource "google_compute_security_policy" "entrance" {
  project = var.project
  name    = "billing"
  type    = "CLOUD_ARMOR"

  rule {
    action      = "deny(403)"
    priority    = 100
    description = "Log4Shell and its kin"
    match {
      expr { expression = "evaluatePreconfiguredExpr('cve-canary')" }
    }
  }

  rule {
    action      = "throttle"
    priority    = 1000
    description = "What one address may ask"
    match {
      versioned_expr = "SRC_IPS_V1"
      config { src_ip_ranges = ["*"] }
    }
    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      enforce_on_key = "IP"
      rate_limit_threshold {
        count        = var.requests_a_minute
        interval_sec = 60
      }
    }
  }

  rule {
    action      = "allow"
    priority    = 2147483647
    description = "Everything else; the functions check who it is"
    match {
      versioned_expr = "SRC_IPS_V1"
      config { src_ip_ranges = ["*"] }
    }
  }
}

# Named, not referred to: the console's audience is its backend's number, which every function is told.
resource "google_compute_region_network_endpoint_group" "public" {
  for_each              = local.public
  project               = var.project
  region                = var.region
  name                  = each.key
  network_endpoint_type = "SERVERLESS"
  cloud_run { service = each.key }
}

resource "google_compute_backend_service" "public" {
  for_each              = local.public
  project               = var.project
  name                  = each.key
  protocol              = "HTTPS"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  security_policy       = google_compute_security_policy.entrance.id

  backend {
    group = google_compute_region_network_endpoint_group.public[each.key].id
  }

  log_config {
    enable      = true
    sample_rate = 1
  }

  iap {
    enabled = each.value.door == "console"
  }
}

resource "google_iap_web_backend_service_iam_member" "staff" {
  for_each = {
    for pair in setproduct(keys(local.console), keys(var.staff)) : "${pair[0]}.${pair[1]}" => { console = pair[0], email = pair[1] }
  }
  project             = var.project
  web_backend_service = google_compute_backend_service.public[each.value.console].name
  role                = "roles/iap.httpsResourceAccessor"
  member              = "user:${each.value.email}"
}

# A path nobody declared is answered by an API function, which says that there is nothing.
resource "google_compute_url_map" "entrance" {
  project         = var.project
  name            = "billing"
  default_service = google_compute_backend_service.public[sort(keys(local.api))[0]].id

  host_rule {
    hosts        = [var.host]
    path_matcher = "functions"
  }

  path_matcher {
    name            = "functions"
    default_service = google_compute_backend_service.public[sort(keys(local.api))[0]].id

    dynamic "path_rule" {
      for_each = local.public
      content {
        paths   = flatten([for path in path_rule.value.paths : [path, "${path}/*"]])
        service = google_compute_backend_service.public[path_rule.key].id
      }
    }
  }
}

resource "google_compute_target_https_proxy" "entrance" {
  project          = var.project
  name             = "billing"
  url_map          = google_compute_url_map.entrance.id
  ssl_certificates = [google_compute_managed_ssl_certificate.entrance.id]
  ssl_policy       = google_compute_ssl_policy.entrance.id
}

resource "google_compute_global_forwarding_rule" "entrance" {
  project               = var.project
  name                  = "billing"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.entrance.id
  port_range            = "443"
  target                = google_compute_target_https_proxy.entrance.id
}

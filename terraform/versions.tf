# The provider's version is pinned: what `validate` was run against here is what runs in the cloud.

terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
  }

  # Bucket and prefix are given to `init`: -backend-config="bucket=..." -backend-config="prefix=billing"
  backend "gcs" {}
}

provider "google" {
  project               = var.project
  region                = var.region
  billing_project       = var.project
  user_project_override = true
  default_labels        = { system = "billing" }
}

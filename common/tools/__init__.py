"""Never shipped: what builds, describes and runs the platform on one machine."""

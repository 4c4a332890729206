"""The only package that knows Google: Firestore, Pub/Sub, Tasks, BigQuery and Storage behind the Engine."""

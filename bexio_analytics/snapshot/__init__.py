"""Snapshots: bexio's raw answers as typed, immutable Parquet tables."""

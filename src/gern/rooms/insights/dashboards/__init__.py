"""Dashboards: figures somebody arranged."""

"""Frame of every page: middleware, context, health, settings, gallery."""

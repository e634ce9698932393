"""The rooms: one folder each, with its views, urls, templates and services."""

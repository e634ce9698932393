"""What holds the rooms together: web, command line, settings."""

"""Reports: a dashboard by mail, on schedule."""

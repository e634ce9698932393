"""The JSON API: keys with scopes, errors, and where rooms add their routes (`add_router`)."""

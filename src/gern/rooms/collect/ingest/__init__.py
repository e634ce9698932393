"""The collection API: raw ASGI before Django, durable before it says 200."""

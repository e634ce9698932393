"""The room for data protection: consents, the contact gate, what customers choose themselves."""

"""Who got data about which customers: files that were downloaded, programs that may ask."""

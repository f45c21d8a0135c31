"""Who it is for: regions, subjects, codes, QR, links."""

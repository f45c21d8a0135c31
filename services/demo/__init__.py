"""A year of a made-up Guizhou: who is registered, who sells what, and what two platforms report. No real person."""

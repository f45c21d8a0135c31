"""What it adds up to: cube, uplift, summaries."""

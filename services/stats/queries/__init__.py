"""All SQL of the service: ``fold`` takes windows of the feed into the cube, the others read it, a file per noun."""

"""The plan of 2019–2020: what it asks of whom, what the system counts, what is reported, and how far each has come."""

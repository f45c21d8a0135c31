"""The use cases. Each opens its transaction in plain sight, and it is committed before the caller is answered."""

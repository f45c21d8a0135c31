"""The wire of ``stats``: answers have exactly the documented fields."""

"""Pages for people: speaks only the public HTTP API, like any other client, and owns no table."""

"""Who may: clients, users, keys, tokens, audit."""

"""What no service owns: app factory, database, auth check, errors, money, clock, feed. No domain noun."""

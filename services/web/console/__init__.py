"""``/console``: where a registry officer works: rosters, codes and cards, and what is printed."""

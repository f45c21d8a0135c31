"""How much better off households are: reach, distribution, lines of poverty, and the difference to comparable ones."""

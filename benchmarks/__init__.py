"""What the house can do, measured against yardsticks in the same run on the same machine (DESIGN.md §7)."""

"""OneCode 一户一码: one household, one code."""

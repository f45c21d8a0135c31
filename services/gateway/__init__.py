"""The only public door: routes, limits, forwards; owns no table."""

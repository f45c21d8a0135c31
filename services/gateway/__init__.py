"""The only public door: routes, limits, forwards. It owns no table."""

"""The wire: what comes in and what goes out are separate models; what is not expected is refused."""

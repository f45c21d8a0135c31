"""One Alembic environment with a branch per schema, and what makes roles, grants and views."""

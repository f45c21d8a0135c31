"""What the registry says: the versions of a view that it has, or had at a position."""


def registered_rows(relation: str, *, as_of: bool) -> str:
    """The rows of a view of the registry that are known, or were."""
    if not as_of:
        return f"SELECT registered.* FROM {relation} AS registered WHERE registered.superseded_in IS NULL"
    return f"""
    SELECT registered.* FROM {relation} AS registered
    JOIN codes.feed AS recorded ON recorded.batch_id = registered.recorded_in
    LEFT JOIN codes.feed AS superseded ON superseded.batch_id = registered.superseded_in
    WHERE recorded.position <= :registry_position
      AND coalesce(superseded.position, :registry_position + 1) > :registry_position
    """

"""What a token may be allowed to do."""

OWNER_SCOPES = frozenset({"admin:review", "admin:system"})
LISTENER_SCOPES = frozenset(
    {
        "library:read",
        "stream",
        "listens:write",
        "feedback:write",
        "playlists:write",
        "profile:read",
        "profile:write",
        "compose",
    }
)
# What apps that only play music have a use for.
APP_SCOPES = frozenset({"library:read", "stream", "listens:write", "feedback:write", "playlists:write"})
ALL_SCOPES = LISTENER_SCOPES | OWNER_SCOPES


def scopes_of(*, is_owner: bool) -> frozenset[str]:
    """All that a person may do."""
    return ALL_SCOPES if is_owner else LISTENER_SCOPES

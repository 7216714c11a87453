"""People who sign in, what they belong to, and what they may do.

A person (User) holds memberships: of a business, of a provider, or of the staff, each with a role.
Roles and what they permit are data (`roles.py`). Which *rows* a member may see is decided by the
queries of each domain, from the member's business or provider.
"""

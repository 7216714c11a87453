"""Keys with which a provider's own programs act for it, and what each act was answered.

A key belongs to one provider and was made by one of its people, in whose name it acts. Its secret
is shown once and stored as a digest. What a program may do with it is its scopes, and never more
than its maker may. It knows nothing of HTTP but the number and the text of an answer that is kept.
"""

"""Providers: registration, due diligence, approval, suspension, offerings, connected account."""

"""Security headers on every answer: a strict content policy, no framing, no sniffing."""

from flask import Flask, Response, request

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action {forms}; "
    "frame-ancestors 'none'; base-uri 'none'"
)


def init_headers(app: Flask) -> None:
    """Add the headers to every answer of `app`; HSTS where cookies are secure (https)."""
    hsts = app.config["SESSION_COOKIE_SECURE"]
    onboarding = app.extensions["settings"].stripe_api_base
    forms = f"'self' {onboarding} https://connect.stripe.com"
    policy = CONTENT_POLICY.format(forms=forms)

    def add(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", policy)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if not request.path.startswith("/static/"):
            headers.setdefault("Cache-Control", "no-store")
        if hsts:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response

    app.after_request(add)

"""How often a sign-in is refused: the number by which an operator sees guessing."""

from typing import Any

from flask import Flask, Response, request
from flask_security import user_failed_authn

from excise import metrics

# The pages that show themselves again when what was typed is wrong; a good try is sent on.
FACTORS = {
    "security.login": "password",
    "security.verify": "password",
    "security.two_factor_token_validation": "code",
    "security.mf_recovery": "recovery code",
}


def init_app(app: Flask, site: str) -> None:
    """Count wrong passwords, codes and passkeys, also of accounts that nobody has."""

    @app.after_request
    def count(response: Response) -> Response:
        factor = FACTORS.get(request.endpoint or "")
        if factor and request.method == "POST" and response.status_code == 200:
            metrics.sign_in_failures.labels(site, factor).inc()
        return response

    def count_passkey(_app: Flask, *, auth_type: str, **_: Any) -> None:
        if auth_type == "passkey":  # its page sends a failure on as well
            metrics.sign_in_failures.labels(site, auth_type).inc()

    user_failed_authn.connect(count_passkey, app, weak=False)

"""The sign-in library's messages in our words, for its configuration.

Each entry is a configuration name of Flask-Security, `SECURITY_MSG_…`, with the message and its
category, or `SECURITY_EMAIL_SUBJECT_…` with a subject.
"""

_ERRORS = {
    "GENERIC_AUTHN_FAILED": "The email address or the password is not right.",
    "UNAUTHORIZED": "You do not have permission to open this page.",
    "REAUTHENTICATION_REQUIRED": "Enter your password again to go on.",
    "INVALID_CONFIRMATION_TOKEN": "That link is not whole or has been used. Ask for another.",
    "PASSWORD_MISMATCH": "The password is not right.",
    "RETYPE_PASSWORD_MISMATCH": "The two passwords are not the same.",
    "INVALID_RECOVERY_CODE": "That recovery code is not right or has been used.",
    "NO_RECOVERY_CODES_SETUP": "You have no recovery codes yet. Make new ones.",
    "PASSWORD_RESET_EXPIRED": "That link worked for %(within)s only. Ask for another.",
    "INVALID_RESET_PASSWORD_TOKEN": "That link is not whole or has been used. Ask for another.",
    "CONFIRMATION_REQUIRED": "Confirm your email address first: look for our email.",
    "CONFIRMATION_EXPIRED": "That link worked for %(within)s only. Ask for another.",
    "DISABLED_ACCOUNT": "This account has been closed.",
    "EMAIL_NOT_PROVIDED": "Enter your email address.",
    "INVALID_EMAIL_ADDRESS": "Enter an email address like name@example.org.",
    "INVALID_CODE": "That code is not right.",
    "PASSWORD_NOT_PROVIDED": "Enter your password.",
    "PASSWORD_INVALID_LENGTH": "The password must have at least %(length)s characters.",
    "PASSWORD_TOO_SIMPLE": "That password is too easy to guess. Try three unrelated words.",
    "PASSWORD_BREACHED": "That password is known to thieves. Choose another.",
    "USER_DOES_NOT_EXIST": "The email address or the password is not right.",
    "INVALID_PASSWORD": "The password is not right.",
    "PASSWORD_IS_THE_SAME": "The new password must not be the present one.",
    "TWO_FACTOR_INVALID_TOKEN": "That code is not right, or has been used. Wait for the next one.",
    "TWO_FACTOR_PERMISSION_DENIED": "Sign in with your email address and password first.",
    "TWO_FACTOR_METHOD_NOT_AVAILABLE": "Press the button to set up an app.",
    "INVALID_REDIRECT": "That address leads somewhere else.",
    "TWO_FACTOR_SETUP_EXPIRED": "That took longer than %(within)s. Start again.",
}
_NEWS = {
    "GENERIC_RECOVERY": "If we know that address, we have sent an email to it.",
    "ALREADY_CONFIRMED": "Your email address is confirmed already. You can sign in.",
    "PASSWORD_RESET_REQUEST": "If we know that address, we have sent an email to it.",
    "CONFIRMATION_REQUEST": "If we know that address, we have sent an email to it.",
    "LOGIN": "Sign in to open that page.",
    "UNAUTHENTICATED": "Sign in to open that page.",
    "REFRESH": "Enter your password again to go on.",
    "ANONYMOUS_USER_REQUIRED": "You are signed in already.",
}
_SUCCESSES = {
    "CONFIRM_REGISTRATION": "We have sent an email to %(email)s. Open the link in it to go on.",
    "EMAIL_CONFIRMED": "Your email address is confirmed.",
    "PASSWORD_RESET": "Your password has been changed and you are signed in.",
    "PASSWORD_RESET_NO_LOGIN": "Your password has been changed. Sign in with the new one.",
    "PASSWORD_CHANGE": "Your password has been changed.",
    "REAUTHENTICATION_SUCCESSFUL": "Thank you. You can go on.",
    "TWO_FACTOR_LOGIN_SUCCESSFUL": "The code was right. You are signed in.",
    "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": "Your app is set up.",
    "TWO_FACTOR_DISABLED": "Signing in no longer asks for a code.",
}
_SUBJECTS = {
    "REGISTER": "Confirm your email address",
    "CONFIRM": "Confirm your email address",
    "PASSWORD_NOTICE": "Your password was changed",
    "PASSWORD_CHANGE_NOTICE": "Your password was changed",
    "PASSWORD_RESET": "Choose a new password",
    "TWO_FACTOR": "Your code to sign in",
    "TWO_FACTOR_RESCUE": "Somebody cannot use their app",
}


def security_words() -> dict[str, object]:
    """Configuration entries for Flask-Security: messages with their category, and subjects."""
    words: dict[str, object] = {}
    for messages, category in ((_ERRORS, "error"), (_NEWS, "info"), (_SUCCESSES, "success")):
        for name, message in messages.items():
            words[f"SECURITY_MSG_{name}"] = (message, category)
    for name, subject in _SUBJECTS.items():
        words[f"SECURITY_EMAIL_SUBJECT_{name}"] = subject
    return words

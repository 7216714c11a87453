"""What a run with faults reads from the logs of its processes."""

from voucher.sandbox.chaos.troubles import troubles

JOB = """\
The worker is running.
the job 'send transfers' failed; it will be tried again
Traceback (most recent call last):
  File "gateway.py", line 302, in _ask
    return call()
stripe._error.AuthenticationError: Request req_1: Invalid API key.

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "worker.py", line 90, in _run
voucher.integrations.stripe.errors.StripeMisconfigured: Invalid API key.
"""
PAGE = """\
[ERROR] in app: Exception on /account/sign-in [POST]
Traceback (most recent call last):
sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) database is locked
"""


def test_a_failure_is_named_by_its_job_and_its_last_exception(tmp_path):
    (tmp_path / "worker-1.log").write_text(JOB + JOB)
    (tmp_path / "web-server.log").write_text(PAGE)
    assert troubles(tmp_path) == {
        "send transfers: StripeMisconfigured": 2,
        "/account/sign-in: OperationalError": 1,
    }


def test_quiet_logs_have_no_trouble(tmp_path):
    (tmp_path / "worker-1.log").write_text("The worker is running.\n")
    assert troubles(tmp_path) == {}

"""Who looks on while the scheme lives: what was written, and what a GET shows to whom.

A page that may be seen is asked for after every step, another each time, and nothing may be written
for it; so is a record of somebody else, which must not be there for a stranger.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from itertools import count

from flask.testing import FlaskClient
from sqlalchemy import event, select

from tests.factories.cases import make_officer
from tests.factories.scheme import make_business, make_member, make_provider
from voucher.accounts.roles import Role
from voucher.applications.models import Application
from voucher.claims.models import Claim
from voucher.core.db import session, transaction
from voucher.payments.models import Payment
from voucher.providers.models import Provider
from voucher.vouchers.models import Redemption, Voucher

WRITING = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) \"?(\w+)")
OF_LOOKING = {"signed_in_session"}
"""Tables a GET may write to: when somebody was last here."""
SEEN = (
    ("staff", "/staff/payments/"),
    ("staff", "/staff/payments/{payment}"),
    ("staff", "/staff/claims/{claim}"),
    ("staff", "/staff/books/"),
    ("staff", "/staff/books/entries"),
    ("staff", "/staff/releases/ready"),
    ("staff", "/staff/clawbacks/"),
    ("staff", "/staff/money/"),
    ("staff", "/staff/vouchers/{voucher}"),
    ("staff", "/staff/cases/{application}"),
    ("staff", "/staff/claims/"),
    ("staff", "/staff/screening/"),
    ("provider", "/provider/"),
    ("provider", "/provider/claims/"),
    ("provider", "/provider/claims/{claim}"),
    ("provider", "/provider/claims/new/{redemption}"),
    ("provider", "/provider/money/"),
    ("provider", "/provider/money/statements/"),
    ("provider", "/provider/work/"),
    ("nobody", "/"),
    ("nobody", "/offerings"),
    ("nobody", "/redeem"),
    ("other business", "/business/"),
)
HIDDEN = (
    ("other business", "/business/vouchers/{voucher}"),
    ("other business", "/business/applications/{application}"),
    ("other business", "/business/claims/{claim}"),
    ("other business", "/business/claims/{claim}/amendment"),
    ("other business", "/business/vouchers/{voucher}/agreement"),
    ("other provider", "/provider/claims/{claim}"),
    ("other provider", "/provider/claims/{claim}/details"),
    ("other provider", "/provider/claims/{claim}/amendment"),
    ("other provider", "/provider/claims/new/{redemption}"),
)


class Writes:
    """The tables that the application's statements wrote to, rolled back or not."""

    def __init__(self, engine):
        self.engine, self.tables = engine, set()
        event.listen(engine, "before_cursor_execute", self._note)

    def _note(self, _connection, _cursor, statement, *_rest):
        found = WRITING.match(statement)
        if found:
            self.tables.add(found[1])

    def take(self):
        """The tables since the last time."""
        found, self.tables = self.tables, set()
        return found

    def close(self):
        """Look away."""
        event.remove(self.engine, "before_cursor_execute", self._note)


class Onlookers:
    """Signed-in people who look at pages, each request outside the machine's own context."""

    def __init__(self, app, provider_id):
        with transaction():
            officer = make_officer(Role.FINANCE)
            provider = make_member(Role.PROVIDER, provider=session.get(Provider, provider_id))
            business = make_member(Role.BUSINESS, business=make_business())
            other = make_member(Role.PROVIDER, provider=make_provider())
            people = {
                "staff": officer,
                "provider": provider,
                "other business": business,
                "other provider": other,
            }
            session.flush()
            for person in people.values():
                session.expunge(person)
        self.browser = ThreadPoolExecutor(1)
        self.clients = {"nobody": app.test_client()}
        for name, person in people.items():
            self.clients[name] = app.test_client()
            self.browser.submit(self.clients[name].sign_in, person).result()
        self.turn = count()

    def look(self, may_see):
        """The next page, as (address, status), of those that may be seen, or that must not be.

        None when the record that it would show is not there yet.
        """
        turn = next(self.turn)
        pages = SEEN if may_see else HIDDEN
        who, address = pages[turn % len(pages)]
        wanted = re.findall(r"{(\w+)}", address)
        found = self._references(turn // len(pages)) if wanted else {}
        if any(not found.get(name) for name in wanted):
            return None
        return self._get(who, address.format(**found))

    def _get(self, who, address):
        # Not the test client's own `get`, which parses and judges the page.
        ask = self.browser.submit(FlaskClient.open, self.clients[who], address)
        return address, ask.result().status_code

    def _references(self, which):
        """What hangs on one of the newest vouchers, by name."""
        query = (
            select(
                Voucher.reference.label("voucher"),
                Application.reference.label("application"),
                Redemption.reference.label("redemption"),
                Claim.reference.label("claim"),
                Payment.reference.label("payment"),
            )
            .join(Application, Application.id == Voucher.application_id)
            .outerjoin(Redemption, Redemption.voucher_id == Voucher.id)
            .outerjoin(Claim, Claim.redemption_id == Redemption.id)
            .outerjoin(Payment, Payment.claim_id == Claim.id)
            .order_by(Voucher.id.desc())
            .limit(4)
        )
        rows = session.execute(query).all()
        session.rollback()
        return rows[which % len(rows)]._asdict() if rows else {}

    def close(self):
        """Shut the browser."""
        self.browser.shutdown()

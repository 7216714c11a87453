"""Redeem a voucher, claim with an invoice, follow the payment. Standard library only.

API=http://127.0.0.1:8000/api/v1 KEY=ttvkey_… python provider_client.py CODE invoice.pdf INV-7
API=http://127.0.0.1:8000/api/v1 KEY=ttvkey_… python provider_client.py CLM-7K3M-Q2ZD
"""

import json
import os
import sys
import uuid
from datetime import date
from urllib.error import HTTPError
from urllib.request import Request, urlopen


def ask(method, path, body=None, kind="application/json", tries=3):
    """Ask for one thing. A POST has a key of its own: sent again, it does nothing twice."""
    data = json.dumps(body).encode() if isinstance(body, dict) else body
    headers = {"Authorization": f"Bearer {os.environ['KEY']}", "Content-Type": kind}
    headers["Idempotency-Key"] = str(uuid.uuid4())
    while True:
        try:
            request = Request(os.environ["API"] + path, data, headers, method=method)
            with urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except HTTPError as refused:
            problem = json.load(refused)
            sys.exit(f"{problem['code']}: {problem.get('detail', problem['title'])}")
        except OSError:  # Nobody knows whether it was done.
            if not (tries := tries - 1):
                raise


def attach(claim, invoice):
    """Attach the invoice, given as bytes."""
    part = "--part\r\nContent-Disposition: form-data; name="
    head = f'{part}"kind"\r\n\r\ninvoice\r\n{part}"file"; filename="invoice.pdf"\r\n\r\n'
    body = head.encode() + invoice + b"\r\n--part--\r\n"
    ask("POST", f"/claims/{claim}/files", body, "multipart/form-data; boundary=part")


def redeem_and_claim(code, invoice, number):
    """Check the voucher, redeem it, and claim; gives the claim's reference."""
    today = str(date.today())
    print("the voucher pays", ask("POST", "/vouchers/check", {"code": code})["voucher_pence"], "p")
    redemption = ask("POST", "/redemptions", {"code": code})
    claim = ask("POST", "/claims", {"redemption": redemption["reference"]})
    said = {"invoice_number": number, "invoice_on": today, "contribution_paid_on": today}
    said["work_done"] = "Set up and trained."
    ask("PATCH", f"/claims/{claim['reference']}", {**claim["agreed"], **said})
    with open(invoice, "rb") as file:
        attach(claim["reference"], file.read())
    return ask("POST", f"/claims/{claim['reference']}/send")["reference"]


if __name__ == "__main__":
    given = sys.argv[1:]
    claim = ask("GET", f"/claims/{redeem_and_claim(*given) if given[1:] else given[0]}")
    payout = ask("GET", f"/payouts/{claim['payout']}")["status"] if claim["payout"] else "not yet"
    print(f"claim {claim['reference']}: {claim['status_words']}; payment: {payout}")

"""The first version of what providers agree to, as supplied; later ones are written by managers."""

FIRST_TERMS = """\
1. You sell each offering at the price you publish, to every business alike.

2. You start no work before all three of us have agreed and you have redeemed the voucher.

3. You invoice the business for the full price and the VAT on it. The voucher pays its part to \
you; the business pays the rest and all of the VAT.

4. You claim within 28 days with your invoice and the evidence we ask for. We pay after the \
business has confirmed the work.

5. You tell us of any connection with a business that chooses you. You give nothing back to it \
for choosing you.

6. You keep your insurance and your data protection registration valid, and tell us when they \
change.

7. You keep the records of each voucher for seven years and show them to us or our auditors.

8. If something you told us was wrong, or work was not done, we can ask for the money back and \
suspend you."""

"""The first version of a new programme's terms and data-use notice; later versions are data."""

FIRST_TERMS = """\
1. A voucher pays part of the price, before VAT, of one piece of work by a provider registered \
with the programme. Your business pays the rest of the price and all of the VAT.
2. Work starts only after the voucher has been issued and all three of you, the provider and the \
programme have agreed what will be done and for how much.
3. A voucher can be used once, by the business it was given to, until its last day.
4. You tell the programme whether the work was done. The provider is paid after you have said so.
5. You answer short surveys before the work and 3, 6 and 12 months after it.
6. You keep records of this support for three years.
7. If something you told us was wrong, the programme can ask for the money back."""

FIRST_DATA_NOTICE = """\
We use what you tell us to decide on your application, to pay the provider, to prevent fraud, \
and to find out whether vouchers work. For that we may ring you, and may use official figures of \
your turnover and staff. Evaluators see your answers without your name. We check \
company details with Companies House. We keep records for as long as the rules on public money \
ask, and no longer."""

"""Public support a business has received: declarations, the statutory window, cumulation, notices.

Minimal Financial Assistance under the Subsidy Control Act 2022. Out of scope: giving the award
itself (vouchers) and publishing it (opendata)."""

"""The beneficiary: the business that applies, how it is identified, where it is, who it belongs to.

Out of scope: what it applies for (applications), what support it has had (subsidy)."""

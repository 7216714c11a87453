"""Surveys, outcomes and reports: how the programme learns whether it worked."""

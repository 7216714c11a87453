"""What every other package stands on and what knows no business: database, status, money, clock,
references, working days, errors. Imports nothing of ours."""

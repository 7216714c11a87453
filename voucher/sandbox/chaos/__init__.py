"""Chaos: claims are paid while everything goes wrong, and then it is proved that nothing did.

Web server, workers and Stripe emulator run as processes of their own, are hindered and killed by a
plan that follows from a seed, and come to rest. `flask voucher chaos` is the one way in.
"""

"""Re-performs a published draw with nothing of this project: `python redraw.py PUBLISHED.json`."""

import hashlib
import hmac
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    said = json.load(file)
seed = hashlib.sha256(bytes.fromhex(said["secret"]) + said["public_value"].encode()).digest()
text = "".join(line + "\n" for line in sorted(said["list"]))
strata = {}
for line in said["list"]:
    reference, stratum = line.split(",")
    strata.setdefault(stratum, []).append(reference)
exact = {name: divmod(said["places"] * len(strata[name]), len(said["list"])) for name in strata}
quotas = {name: whole for name, (whole, _) in exact.items()}
for name in sorted(strata, key=lambda n: (-exact[n][1], n))[
    : said["places"] - sum(quotas.values())
]:
    quotas[name] += 1
assigned, waiting = [], []
for name in sorted(strata):
    order = sorted(strata[name], key=lambda r: hmac.new(seed, r.encode(), hashlib.sha256).digest())
    assigned, waiting = assigned + order[: quotas[name]], waiting + order[quotas[name] :]
found = {"assigned": assigned, "waiting": waiting, "quotas": quotas, "seed": seed.hex()}
found["list_sha256"] = hashlib.sha256(text.encode()).hexdigest()
sys.exit([key for key, value in found.items() if said[key] != value] or 0)

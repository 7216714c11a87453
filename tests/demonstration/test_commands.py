"""The commands of demonstration and rehearsal, as somebody at a terminal runs them."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rehearsing import demonstration
from voucher.sandbox.household import running_in

ROOT = Path(__file__).parents[2]


def run(folder, *words, **environment):
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "voucher", *words],
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(folder), "APP_ENV": "demonstration", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


@pytest.mark.long
def test_a_second_demonstration_leaves_the_first_alone(tmp_path):
    with demonstration(tmp_path, size=0) as household:
        second = run(household.data_dir, "demonstration", "--port", str(household.ports.web))
        assert second.returncode == 1
        assert f"already, at {household.address}" in second.stderr
        assert running_in(household.data_dir) == household


@pytest.mark.long
def test_the_rehearsal_makes_its_own_demonstration_beside_one_that_was_stopped(tmp_path):
    with demonstration(tmp_path, size=0) as household:
        stopped = household.data_dir
    assert (tmp_path / "output.txt").read_text().rstrip().endswith("the next start takes it up.")
    played = run(stopped, "rehearse", "--postcode", "M4 1HN")
    assert played.returncode == 0, played.stdout[-3000:] + played.stderr[-3000:]
    assert "The chain is whole." in played.stdout
    assert "The books agree with Stripe's." in played.stdout
    assert "sees the claim paid" in played.stdout


@pytest.mark.slow
def test_a_taken_port_is_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = run(tmp_path, "demonstration", "--port", str(min(port, 65_532)))
    assert refused.returncode == 1
    assert f"port {port}" in refused.stderr
    assert "PORT=" in refused.stderr


@pytest.mark.slow
def test_what_can_not_be_rehearsed_is_refused_before_anything_starts(tmp_path):
    refused = run(tmp_path, "rehearse", "--postcode", "nowhere")
    assert refused.returncode == 2
    assert "postcode" in refused.stderr.lower()
    assert not (tmp_path / "demonstration.json").exists()

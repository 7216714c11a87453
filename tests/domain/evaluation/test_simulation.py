"""A made-up round from the draw to its findings gives the effect back that was put in."""

import json

import pypdf
import pytest
from click.testing import CliRunner

from tests.factories.scheme import make_round
from voucher.allocation.models import Arm, DrawResult
from voucher.allocation.rules import first_difference
from voucher.applications.baseline import faults as baseline_faults
from voucher.cli.simulations import NOT_EMPTY, simulate
from voucher.core.errors import Invalid
from voucher.evaluation.analysis.extract import read_extract
from voucher.evaluation.analysis.jobs import build_extract
from voucher.evaluation.questions import FOLLOW_UP_VERSION, faults, follow_up
from voucher.programmes.models import Round
from voucher.sandbox.simulation.aftermath import Came, answers_of
from voucher.sandbox.simulation.applicants import make_applicants
from voucher.sandbox.simulation.running import Wish, play_round, recovered

KEY = b"key of simulations under test"


def played(session, **values):
    wish = Wish(**{"businesses": 300, "places": 120, "effect": 0.2, "seed": 5, **values})
    simulated = play_round(wish, KEY)
    return wish, simulated, *recovered(simulated, wish)


@pytest.mark.slow
def test_a_small_round_goes_all_the_way(session):
    _, simulated, told, found = played(session)
    assert told["put_in"] == {"offer": 0.2, "users": pytest.approx(0.2 / 0.7)}
    assert (told["offered"], told["comparison"]) == (120, 180)
    assert found["flow"]["assessed"] == 300
    assert found["flow"]["excluded"] == []
    assert found["plan"]["locked_at"] < found["data_cut_at"]
    assert found["cost"]["per_voucher_pence"] == 90_000
    assert 60 <= found["cost"]["vouchers"] < 120
    assert {each["wave"] for each in found["outcomes"]} == {"month_6", "month_12"}
    assert all(each["itt"] for each in found["outcomes"])
    round_ = session.get(Round, simulated.round_id)
    assert round_.committed_pence == 90_000 * found["cost"]["vouchers"]
    drawn = session.query(DrawResult).one()
    assert first_difference(drawn.published) is None
    packed = build_extract(simulated.round_id, simulated.data_cut_at, KEY)
    assert json.dumps(read_extract(packed)) == json.dumps(found)


@pytest.mark.long
@pytest.mark.only_on("sqlite")
def test_a_large_round_recovers_the_effect_that_was_put_in(session):
    wish, _, _, found = played(session, businesses=6_000, places=3_000, effect=0.08, seed=11)
    primary, hours = found["outcomes"][:2]
    for figure, true in (
        (primary["itt"], wish.effect),
        (hours["itt"], -0.7),
    ):
        # Chance alone goes this far once in 15,000 draws.
        assert abs(figure["estimate"] - true) < 4 * figure["standard_error"]
    assert primary["itt"]["standard_error"] < 0.014
    users = primary["users"]
    assert users["ci_low"] - 0.05 < wish.effect_on_users < users["ci_high"] + 0.05
    assert found["design"]["sms_level"] == 5
    assert not found["design"]["underpowered"]


def test_the_same_seed_makes_the_same_applicants():
    assert make_applicants(50, 3) == make_applicants(50, 3)
    assert make_applicants(50, 3) != make_applicants(50, 4)


@pytest.mark.parametrize("arm", [Arm.VOUCHER, Arm.COMPARISON])
def test_the_answers_are_what_the_current_questions_allow(arm):
    applicants = make_applicants(200, 3)
    offered = {each.key for each in applicants} if arm is Arm.VOUCHER else set()
    came = Came(offered, {key for key in offered if key % 2}, 0.2)
    asked = follow_up(FOLLOW_UP_VERSION, arm)
    for each in applicants:
        answers = answers_of(each, came)
        assert faults(asked, answers, sending=True) == {}
        assert answers.keys() == {question.code for question in asked}
        assert baseline_faults(each.baseline) == {}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"places": 0}, "places"),
        ({"places": 300}, "places"),
        ({"effect": 0.4}, "effect"),
        ({"effect": -0.3}, "effect"),
        ({"effect": float("nan")}, "effect"),
    ],
)
def test_what_can_not_be_simulated_is_refused(values, field):
    with pytest.raises(Invalid) as refused:
        Wish(**{"businesses": 300, "places": 100, "effect": 0.1, "seed": 1, **values})
    assert refused.value.field == field


@pytest.mark.long
@pytest.mark.only_on("sqlite")
def test_the_command_plays_on_a_database_of_its_own(session, tmp_path):
    before = session.query(Round).count()
    report = tmp_path / "report.pdf"
    words = ["--businesses", "120", "--places", "60", "--effect", "0.1", "--seed", "2"]
    words += ["--out", str(report)]
    result = CliRunner().invoke(simulate, words)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout[result.stdout.index("{") :])
    assert told["simulated"] is True
    assert told["offered"] == 60
    assert told["found"]["offer"]["ci_low"] < told["found"]["offer"]["ci_high"]
    assert told["report"] == str(report)
    assert "randomised trial" in pypdf.PdfReader(report).metadata.title
    session.rollback()
    assert session.query(Round).count() == before


def test_the_command_wants_an_empty_database(session, database):
    make_round()
    session.commit()
    result = CliRunner().invoke(simulate, ["--businesses", "20", "--database", database.url])
    assert result.exit_code == 1
    assert NOT_EMPTY.split(".")[0] in result.output
    result = CliRunner().invoke(simulate, ["--businesses", "20", "--places", "20"])
    assert "fewer than businesses" in result.output

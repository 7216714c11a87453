"""What staff may see and change of a follow-up. Pure."""

from voucher.evaluation.models import Mode, SurveyResponse


def is_own_draft(response: SurveyResponse) -> bool:
    """Whether the business itself typed answers by its link and has not sent them.

    They are its own until it sends them: staff are not shown them and can't save over them.
    """
    begun = response.saved_at is not None and response.answered_at is None
    return begun and response.mode is not Mode.PHONE

"""Every table of the application, imported in one place so that the metadata is whole."""

import voucher.core.search
import voucher.core.status  # noqa: F401
from voucher.accounts import models as accounts  # noqa: F401
from voucher.allocation import models as allocation  # noqa: F401
from voucher.allocation.scored import models as scored  # noqa: F401
from voucher.allocation.trials import models as trials  # noqa: F401
from voucher.applications import models as applications  # noqa: F401
from voucher.audit import models as audit  # noqa: F401
from voucher.businesses import models as businesses  # noqa: F401
from voucher.claims import models as claims  # noqa: F401
from voucher.claims.ratings import models as ratings  # noqa: F401
from voucher.eligibility import models as eligibility  # noqa: F401
from voucher.equality import models as equality  # noqa: F401
from voucher.evaluation import models as evaluation  # noqa: F401
from voucher.evaluation.administrative import models as administrative  # noqa: F401
from voucher.evaluation.publication import models as publication  # noqa: F401
from voucher.evaluation.telephone import models as telephone  # noqa: F401
from voucher.files import models as files  # noqa: F401
from voucher.ledger import models as ledger  # noqa: F401
from voucher.matching import models as matching  # noqa: F401
from voucher.matching.dialogue import models as dialogue  # noqa: F401
from voucher.notifications import models as notifications  # noqa: F401
from voucher.payments import models as payments  # noqa: F401
from voucher.payments.books import models as books  # noqa: F401
from voucher.payments.clawbacks import models as clawbacks  # noqa: F401
from voucher.payments.differences import models as differences  # noqa: F401
from voucher.payments.runs import models as runs  # noqa: F401
from voucher.programmes import models as programmes  # noqa: F401
from voucher.programmes.plans import models as plans  # noqa: F401
from voucher.providers import models as providers  # noqa: F401
from voucher.providers.api_keys import models as api_keys  # noqa: F401
from voucher.screening import models as screening  # noqa: F401
from voucher.subsidy import models as subsidy  # noqa: F401
from voucher.vouchers import models as vouchers  # noqa: F401

"""The trades of the fictional businesses: sector, register code, and how each is spoken of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trade:
    """`noun` goes into a name ("Tarnfold Bakery"), `phrase` into a sentence ("a bakery").

    `sic_code` is of the UK Standard Industrial Classification 2007, as the register uses it.
    """

    sector: str
    noun: str
    phrase: str
    sic_code: str


SECTOR_LABELS = {
    "food": "Food and drink making",
    "hospitality": "Hospitality",
    "retail": "Retail",
    "engineering": "Engineering and manufacturing",
    "construction": "Construction and trades",
    "care": "Health and care",
    "creative": "Creative and design",
    "professional": "Professional services",
    "transport": "Transport and logistics",
    "farming": "Farming and land",
    "tourism": "Tourism and leisure",
    "textiles": "Textiles and clothing",
    "childcare": "Childcare and education",
    "repair": "Repair and servicing",
    "community": "Community and voluntary",
}

_TRADES = """
food|Bakery|a bakery|10710
food|Creamery|a dairy that makes cheese|10512
food|Preserves|a maker of preserves|10390
food|Smokehouse|a smokehouse|10200
hospitality|Inn|an inn with rooms|55100
hospitality|Kitchen|a restaurant|56101
hospitality|Tearooms|a tea room|56102
retail|Hardware|a hardware shop|47520
retail|Books|a bookshop|47610
retail|Greengrocers|a greengrocer's|47210
retail|Home and Garden|a home and garden shop|47599
engineering|Precision|a machine shop|25620
engineering|Fabrications|a fabrication shop|25110
engineering|Castings|a small foundry|24510
construction|Joinery|a joinery firm|43320
construction|Electrical|an electrical contractor|43210
construction|Roofing|a roofing firm|43910
care|Home Care|a home care service|88100
care|Physiotherapy|a physiotherapy practice|86900
creative|Pottery|a pottery|23410
creative|Print Studio|a print studio|18129
creative|Design|a design studio|74100
professional|Accountants|an accountancy practice|69201
professional|Surveyors|a practice of surveyors|71129
professional|Planning|a planning consultancy|71112
transport|Haulage|a haulage firm|49410
transport|Couriers|a courier firm|53202
farming|Farm|a farm|01500
farming|Nurseries|a plant nursery|01300
tourism|Cottages|a holiday cottage business|55209
tourism|Activities|an outdoor activity centre|93290
textiles|Weavers|a weaving mill|13200
textiles|Knitwear|a knitwear maker|14390
childcare|Nursery|a day nursery|88910
childcare|Holiday Club|a holiday club|88910
repair|Motors|a garage|45200
repair|Heating Services|a heating engineer's|43220
community|Community Centre|a community centre|94990
community|Family Support|a family support service|88990
community|Arts Trust|a community arts group|90040
"""


def trade(noun: str) -> Trade:
    """The trade of that noun. Raises KeyError for one that is not among them."""
    return TRADES[noun]


def _read(text: str) -> dict[str, Trade]:
    trades = (Trade(*row.split("|")) for row in text.strip().splitlines())
    return {trade.noun: trade for trade in trades}


TRADES = _read(_TRADES)

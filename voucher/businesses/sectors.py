"""What businesses do, in the few words that a form offers. Stored as they stand here."""

SECTORS = (
    "Childcare and education",
    "Community and voluntary",
    "Construction and trades",
    "Creative and design",
    "Engineering and manufacturing",
    "Farming and land",
    "Food and drink making",
    "Health and care",
    "Hospitality",
    "Professional services",
    "Repair and servicing",
    "Retail",
    "Technology",
    "Textiles and clothing",
    "Tourism and leisure",
    "Transport and logistics",
    "Something else",
)

"""VAT and bookkeeping review for bexio mandates: from bexio or its exports to a reviewed VAT return, offline."""

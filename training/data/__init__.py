"""The data builder: freely licensed colored illustrations, with a manifest, credits and a card."""

"""The data builder: freely licensed coloured illustrations, with a manifest, credits and a card."""

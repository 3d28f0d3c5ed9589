"""What pages are made of: the map, lists, cards, the bar, and the one place where text becomes HTML."""

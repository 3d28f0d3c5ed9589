"""What can be drawn and served: catalogue, styles, vector tiles, event stream."""

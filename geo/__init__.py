"""Pure geometry: arrays, shapes and frames in and out. No database, no screen, no clock."""

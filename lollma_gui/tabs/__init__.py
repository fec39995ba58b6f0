"""One file a tab: layout and wiring of what it was given."""

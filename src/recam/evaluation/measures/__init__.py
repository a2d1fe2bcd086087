"""One file for each thing that is measured; each has ``offer(settings)``, which says what it can do
with them."""

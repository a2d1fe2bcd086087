"""Data sets on disk: the published layout, clips in memory, latents encoded once."""

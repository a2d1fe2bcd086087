"""Training: settings, objective, loop, exact resume. One stage a file: autoencoder.py, transformer.py."""

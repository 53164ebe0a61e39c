"""f-VAEGAN-D2, a comparator: a VAE and a WGAN that share their generator."""

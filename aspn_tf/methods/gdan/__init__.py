"""GDAN, a comparator: a conditional VAE, a regressor and a discriminator."""

"""CADA-VAE, a comparator: two autoencoders that share one latent space."""

"""SAE, a comparator: a linear autoencoder in closed form."""

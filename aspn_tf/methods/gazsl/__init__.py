"""GAZSL, a comparator: a GAN with visual pivots, and nearest neighbours."""

"""LisGAN, a comparator: CLSWGAN whose features must be near souls."""

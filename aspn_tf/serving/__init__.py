"""Exported models: written, loaded, asked."""

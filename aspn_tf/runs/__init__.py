"""Runs, studies and what they leave."""

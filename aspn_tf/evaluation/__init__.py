"""Measures, selection and cost."""

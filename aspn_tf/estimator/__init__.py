"""The methods as one scikit-learn estimator."""

"""The paper, and nothing of ours."""

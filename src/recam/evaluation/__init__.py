"""The scorecard: what any method's videos are worth, measured the same way for all. No model is imported."""

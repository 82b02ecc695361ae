"""What came of it: completion, why not yet, training hours, and HR's lists of them."""

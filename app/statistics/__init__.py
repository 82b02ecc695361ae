"""Statistics of exercises for those who write and teach them: how hard, how telling, how long. Never about a person."""

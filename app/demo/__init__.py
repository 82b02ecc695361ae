"""A demo organisation worth showing, and as many more people as a load test wants."""

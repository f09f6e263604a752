"""From data and a goal to a network that works, rung by rung; ``unstuck.fit(X, y, goal="f1>=0.9")``."""

"""Record → facts: pure functions, each computed once for a record and shared by rules and figures."""

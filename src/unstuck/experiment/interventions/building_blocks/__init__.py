"""What interventions share: where they act, and what they look at. No intervention is in here."""

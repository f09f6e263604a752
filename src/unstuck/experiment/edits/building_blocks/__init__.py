"""What edits share: the source as text and tree. No edit is in here."""

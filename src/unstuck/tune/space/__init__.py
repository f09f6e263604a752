"""What is searched: ranges and choices, and the object that a build function asks for them."""

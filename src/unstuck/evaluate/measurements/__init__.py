"""What is measured of a model, a file for each subject. Each gives events, or says what it lacks."""

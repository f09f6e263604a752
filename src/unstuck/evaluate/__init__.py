"""The producer of model records: predict, measure, write the events."""

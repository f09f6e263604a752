"""What tests are made of: contracts for plugins, synthetic records, sick and healthy programs."""

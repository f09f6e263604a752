"""Look inside a network: attention, attribution, activations, filters, embeddings. Each is a function with a figure."""

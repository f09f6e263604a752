"""Record → findings: one file per rule in its family's folder, the engine that runs them, and their pages."""

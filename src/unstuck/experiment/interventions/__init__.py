"""One intervention a file; none registers itself, `building_blocks.registry` finds them."""

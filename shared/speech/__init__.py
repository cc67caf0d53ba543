"""What the adapters of speech vendors have in common: the sound of a call, its stream, phrases that are kept."""

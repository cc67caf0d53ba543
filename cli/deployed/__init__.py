"""What the commands know of a deployment: its stage, its stacks, and the two accounts it lives in."""

"""What the streaming service costs and how late it is, beside the bare floor; see README.md."""

"""The desk: `api` serves the page and answers it, `socket` keeps its connections, `push` sends what is new."""

"""How soon callers reach people, and people know of callers: whole calls on the laptop, with real sound."""

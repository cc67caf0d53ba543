"""Everything is tested for what it does, not for how fast a shared machine does it."""

from hypothesis import settings

settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")

"""Phones: one that follows a script (a WAV file is a script of one step), and the browser's."""

"""A stand-in for a large language model: OpenAI's chat completions on loopback, answered by a small embedded engine.

It knows no agent and no domain. It reads the messages and tool schemas it is sent, picks tools, fills and asks for
arguments, repeats what it was told, and says so when it did not understand.
"""

"""How soon open desks show what is said: the deployed desk in the emulator, beside a bare message to a WebSocket."""

"""One function a trigger: load, decide, save, tell."""

"""PlatformIO builds: from a board and generated C to an image that can be flashed."""

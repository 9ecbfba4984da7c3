"""From a network to C with Cube.AI's public interface."""

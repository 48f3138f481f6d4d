"""From the sound of a taste to what the generator is asked for."""

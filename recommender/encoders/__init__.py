"""Ears behind one interface: the one the service rests on, and further ones that an owner may add."""

"""The REST interface: each view parses, calls one function of the domain, and answers."""

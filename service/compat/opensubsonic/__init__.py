"""The OpenSubsonic API, below ``/rest``: thin adapters over what the house can do anyway."""

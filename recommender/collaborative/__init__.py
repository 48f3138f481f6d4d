"""What people who play the same tracks have in common: fitted from a house's plays, asked with numpy alone."""

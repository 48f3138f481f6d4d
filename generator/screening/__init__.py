"""What must hold before anybody is asked to listen."""

"""What every entrance over HTTP shares: who asks, how errors and pages of lists are told."""

"""What is composed for a listener: named, given a cover, labelled and kept."""

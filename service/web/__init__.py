"""The pages people meet, apart from the review desk."""

"""What is to be known of images without a model: as stored, as measured, as JSON."""

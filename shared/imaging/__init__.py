"""Single images: decoded from bytes, measured, hashed. Pure, and the only part with OpenCV."""

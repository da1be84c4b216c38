"""Image sets in what users' files hold, whatever way they are laid out there."""

from shared.intake.layouts.layout import Layout
from shared.intake.layouts.recognition import imageset_from_layout, recognise

__all__ = ["Layout", "imageset_from_layout", "recognise"]

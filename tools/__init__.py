"""Programs for the developers of Catwalk; no part of the installed packages."""

"""The clients we use: our own services as an agency calls them, and the agencies' services."""

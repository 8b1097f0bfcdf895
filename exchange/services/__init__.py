"""The services we offer, one module each: typed request in, typed response out, no XML."""

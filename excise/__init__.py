"""The excise tax itself: no web framework, no SOAP, no terminal."""

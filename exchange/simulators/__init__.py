"""People and agencies who use the service as the real ones do: by its pages and its messages."""

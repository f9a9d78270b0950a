"""The wire: an ASGI application that answers like bexio's API, on top of any company's records."""

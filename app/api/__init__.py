"""The dialects that clients speak, as FastAPI routers. Importing them loads neither torch, spaCy nor Ray."""

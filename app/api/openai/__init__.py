"""OpenAI's speech interface, with what Kokoro-FastAPI's clients use beside it."""

from fastapi import FastAPI

from app.api.openai import captions, catalogue, speech


def include_in(app: FastAPI) -> None:
    """Adds the paths to an application: some clients write ``/v1`` into their base URL, and others do not."""
    app.include_router(captions.router)
    app.include_router(catalogue.models_router)
    for router in (speech.router, catalogue.router):
        app.include_router(router, prefix="/v1")
        app.include_router(router, include_in_schema=False)

"""Requests made from the OpenAPI document, right ones and wrong ones: none is answered with a fault of the server, nor
with a status that the document does not know."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import status_code_conformance

from app.api.application import create_app
from tests.fakes import FakeService


def asked() -> Iterator[object]:
    """Every operation with what it wants, and with what it does not want if it wants anything."""
    document = schemathesis.openapi.from_asgi("/openapi.json", create_app(FakeService()))
    for result in document.get_all_operations():
        operation = result.ok()
        yield pytest.param(operation, GenerationMode.POSITIVE, id=f"{operation.label}, right")
        if len(operation.body) or any(parameter.location == "query" for parameter in operation.iter_parameters()):
            yield pytest.param(operation, GenerationMode.NEGATIVE, id=f"{operation.label}, wrong")


@pytest.mark.parametrize(("operation", "mode"), list(asked()))
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_request_is_answered_with_a_fault(
    operation: APIOperation, mode: GenerationMode, data: st.DataObject
) -> None:
    case = data.draw(operation.as_strategy(generation_mode=mode))
    if "voice_id" in case.path_parameters and data.draw(st.booleans()):
        case.path_parameters["voice_id"] = "af_heart"
    case.call_and_validate(checks=[not_a_server_error, status_code_conformance])

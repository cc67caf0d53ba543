"""Reading what an operator orders, and saying what is wrong with it."""

import json
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

type Address = Annotated[str, Field(pattern=r"^(\+[1-9]\d{6,14}|sips?:[^\s?;]{1,200})$")]
type Number = Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")]


async def read[Order: BaseModel](request: web.Request, model: type[Order]) -> Order:
    """The body, as this model has it."""
    return await read_as(request, TypeAdapter(model))


async def read_as[Order](request: web.Request, adapter: TypeAdapter[Order]) -> Order:
    try:
        return adapter.validate_json(await request.read())
    except ValidationError as invalid:
        # The input itself stays out of the answer: it may be a caller's words.
        raise problem(422, invalid.json(include_input=False, include_context=False, include_url=False)) from None


def problem(status: int, why: str) -> web.HTTPException:
    body = json.dumps({"problem": why})
    match status:
        case 404:
            return web.HTTPNotFound(text=body, content_type="application/json")
        case _:
            return web.HTTPUnprocessableEntity(text=body, content_type="application/json")

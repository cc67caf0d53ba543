"""The endpoint as the real `openai` SDK meets it, and as a malformed request does."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import openai
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam

from local.model.engine import Engine
from local.model.server import ModelApp, Pace, serving

WEATHER: list[ChatCompletionToolParam] = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "Get the current weather in a city",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string", "description": "City name"}},
                "required": ["city"],
            },
        },
    }
]
ASKING: list[ChatCompletionMessageParam] = [{"role": "user", "content": "What's the weather in Paris?"}]
KNOWING: list[ChatCompletionMessageParam] = [
    {
        "role": "system",
        "content": "You are Bo.\n\n## What you know\n- Parking: There is free parking behind the house.",
    },
    {"role": "user", "content": "do you have parking"},
]

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(engine: Engine) -> AsyncIterator[str]:
    async with serving(Pace(0, 0), engine=engine) as url:
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(url: str) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=url, api_key="any", max_retries=0, timeout=10) as client:
        yield client


async def order(url: str, fault: dict[str, Any]) -> None:
    async with httpx.AsyncClient() as http:
        (await http.post(url.replace("/v1", "/lab/faults"), json=fault)).raise_for_status()


async def test_an_answer_comes_whole_with_usage(client: AsyncOpenAI) -> None:
    completion = await client.chat.completions.create(model="any-name", messages=KNOWING)
    assert completion.choices[0].message.content == "There is free parking behind the house."
    assert completion.choices[0].finish_reason == "stop"
    assert completion.model == "any-name"
    assert completion.usage is not None
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens


async def test_a_streamed_answer_joins_to_the_whole_one_and_ends_with_usage(client: AsyncOpenAI) -> None:
    whole = await client.chat.completions.create(model="m", messages=KNOWING)
    stream = await client.chat.completions.create(
        model="m", messages=KNOWING, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    assert chunks[0].choices[0].delta.role == "assistant"
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert chunks[-1].choices == []
    assert chunks[-1].usage == whole.usage


async def test_a_tool_call_comes_whole(client: AsyncOpenAI) -> None:
    completion = await client.chat.completions.create(model="m", messages=ASKING, tools=WEATHER)
    choice = completion.choices[0]
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content is None
    assert choice.message.tool_calls is not None
    call = choice.message.tool_calls[0]
    assert call.type == "function"
    assert call.function.name == "get_weather"
    assert json.loads(call.function.arguments) == {"city": "Paris"}


async def test_a_tool_call_is_streamed_name_first_and_arguments_in_pieces(client: AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(model="m", messages=ASKING, tools=WEATHER, stream=True)
    deltas = [call async for chunk in stream for call in chunk.choices[0].delta.tool_calls or ()]
    assert deltas[0].function is not None
    assert deltas[0].id
    assert deltas[0].function.name == "get_weather"
    assert deltas[0].function.arguments == ""
    assert all(delta.id is None and delta.index == 0 for delta in deltas[1:])
    pieces = [delta.function.arguments or "" for delta in deltas if delta.function]
    assert len(pieces) > 2
    assert json.loads("".join(pieces)) == {"city": "Paris"}


async def test_the_sdk_can_gather_a_stream_by_itself(client: AsyncOpenAI) -> None:
    async with client.chat.completions.stream(model="m", messages=ASKING, tools=WEATHER) as stream:
        final = await stream.get_final_completion()
    calls = final.choices[0].message.tool_calls
    assert calls is not None
    assert json.loads(calls[0].function.arguments) == {"city": "Paris"}


async def test_what_was_said_in_two_messages_is_one_utterance(client: AsyncOpenAI) -> None:
    messages: list[ChatCompletionMessageParam] = [
        {"role": "user", "content": "what's the weather"},
        {"role": "user", "content": "in Paris"},
    ]
    completion = await client.chat.completions.create(model="m", messages=messages, tools=WEATHER)
    calls = completion.choices[0].message.tool_calls
    assert calls is not None
    assert calls[0].type == "function"
    assert json.loads(calls[0].function.arguments) == {"city": "Paris"}


async def test_tool_choice_none_never_calls(client: AsyncOpenAI) -> None:
    completion = await client.chat.completions.create(model="m", messages=ASKING, tools=WEATHER, tool_choice="none")
    assert completion.choices[0].message.tool_calls is None
    assert completion.choices[0].message.content


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "get_weather"}}])
async def test_tool_choice_required_or_named_always_calls(client: AsyncOpenAI, choice: Any) -> None:
    completion = await client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": "hello"}], tools=WEATHER, tool_choice=choice
    )
    calls = completion.choices[0].message.tool_calls
    assert calls is not None
    assert calls[0].type == "function"
    assert calls[0].function.name == "get_weather"


async def test_max_tokens_cuts_the_answer(client: AsyncOpenAI) -> None:
    completion = await client.chat.completions.create(model="m", messages=KNOWING, max_tokens=3)
    assert completion.choices[0].finish_reason == "length"
    assert completion.choices[0].message.content == "There is free"


async def test_the_same_request_gets_the_same_answer_and_ids(client: AsyncOpenAI) -> None:
    one, other = [await client.chat.completions.create(model="m", messages=ASKING, tools=WEATHER) for _ in range(2)]
    assert one.id == other.id
    assert one.choices == other.choices


async def test_the_models_are_listed(client: AsyncOpenAI) -> None:
    names = [model.id async for model in client.models.list()]
    assert len(names) == 1
    assert (await client.models.retrieve(names[0])).id == names[0]
    with pytest.raises(openai.NotFoundError):
        await client.models.retrieve("gpt-99")


async def test_a_request_without_a_key_is_refused(url: str) -> None:
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"{url}/chat/completions", json={"model": "m", "messages": KNOWING})
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "invalid_api_key"


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "king", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "tool", "content": "x", "tool_call_id": "1"}]}, "messages.[0].role"),
        ({"tools": []}, "tools"),
        ({"tool_choice": "auto"}, "tool_choice"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
        ({"temperature": 9}, "temperature"),
        ({"n": 3}, "n"),
        ({"made_up": 1}, None),
    ],
)
async def test_what_openai_refuses_is_refused_in_its_shape(
    client: AsyncOpenAI, change: dict[str, Any], param: str | None
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        await client.post("/chat/completions", body={"model": "m", "messages": KNOWING, **change}, cast_to=object)
    assert refused.value.param == param
    assert refused.value.type == "invalid_request_error"


async def test_a_tool_call_left_unanswered_is_refused(client: AsyncOpenAI) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
    messages = [{"role": "assistant", "tool_calls": [call]}, {"role": "user", "content": "so?"}]
    with pytest.raises(openai.BadRequestError, match="c1"):
        await client.post("/chat/completions", body={"model": "m", "messages": messages}, cast_to=object)


async def test_a_stream_can_be_abandoned_and_the_server_goes_on(client: AsyncOpenAI, url: str) -> None:
    await order(url, {"kind": "stall", "after": 1, "ms": 60_000})
    stream = await client.chat.completions.create(model="m", messages=KNOWING, stream=True)
    await anext(aiter(stream))
    await stream.close()
    completion = await client.chat.completions.create(model="m", messages=KNOWING)
    assert completion.choices[0].finish_reason == "stop"


async def test_a_stalled_stream_runs_into_the_clients_deadline(client: AsyncOpenAI, url: str) -> None:
    await order(url, {"kind": "stall", "after": 2, "ms": 60_000})
    stream = await client.with_options(timeout=0.3).chat.completions.create(model="m", messages=KNOWING, stream=True)
    with pytest.raises(openai.APITimeoutError):
        _ = [chunk async for chunk in stream]


async def test_a_delayed_answer_runs_into_the_clients_deadline(client: AsyncOpenAI, url: str) -> None:
    await order(url, {"kind": "delay", "ms": 60_000})
    with pytest.raises(openai.APITimeoutError):
        await client.with_options(timeout=0.3).chat.completions.create(model="m", messages=KNOWING)


async def test_ordered_refusals_reach_the_client_as_its_own_errors(client: AsyncOpenAI, url: str) -> None:
    await order(url, {"kind": "status", "status": 429, "retry_after_s": 7})
    await order(url, {"kind": "status", "status": 500})
    with pytest.raises(openai.RateLimitError) as limited:
        await client.chat.completions.create(model="m", messages=KNOWING)
    assert limited.value.response.headers["retry-after"] == "7"
    with pytest.raises(openai.InternalServerError):
        await client.chat.completions.create(model="m", messages=KNOWING)
    assert (await client.chat.completions.create(model="m", messages=KNOWING)).choices


async def test_a_malformed_chunk_breaks_the_stream(client: AsyncOpenAI, url: str) -> None:
    await order(url, {"kind": "malformed", "after": 1})
    stream = await client.chat.completions.create(model="m", messages=KNOWING, stream=True)
    with pytest.raises(json.JSONDecodeError):
        _ = [chunk async for chunk in stream]


async def test_a_cut_stream_has_no_end(client: AsyncOpenAI, url: str) -> None:
    await order(url, {"kind": "cut", "after": 3})
    stream = await client.chat.completions.create(model="m", messages=KNOWING, stream=True)
    chunks = [chunk async for chunk in stream]
    assert len(chunks) == 3
    assert all(chunk.choices[0].finish_reason is None for chunk in chunks)


async def test_faults_wait_in_a_list_that_can_be_cleared(url: str) -> None:
    async with httpx.AsyncClient(base_url=url.replace("/v1", "")) as http:
        await http.post("/lab/faults", json=[{"kind": "status", "status": 503, "times": 2}, {"kind": "cut"}])
        assert len((await http.get("/lab/faults")).json()["faults"]) == 3
        assert (await http.delete("/lab/faults")).json() == {"faults": []}
        refused = await http.post("/lab/faults", json={"kind": "flood"})
        assert refused.status_code == 400
        assert "error" in refused.json()


async def test_an_unknown_path_is_refused_in_openais_shape(url: str) -> None:
    async with httpx.AsyncClient() as http:
        answer = await http.get(f"{url}/engines")
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "Invalid URL (GET /v1/engines)"


async def test_many_requests_at_once_are_all_answered(client: AsyncOpenAI) -> None:
    asked = [client.chat.completions.create(model="m", messages=ASKING, tools=WEATHER) for _ in range(20)]
    answers = await asyncio.gather(*asked)
    assert all(answer.choices[0].finish_reason == "tool_calls" for answer in answers)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
schema_words = st.sampled_from(
    ["string", "integer", "boolean", "array", "object", "date", "time", "person-name", "phone"]
)
parameters = st.fixed_dictionaries(
    {},
    optional={
        "type": schema_words | json_values,
        "format": schema_words | json_values,
        "enum": st.lists(st.sampled_from(["small", "two", "", "a b", 3, None, True]), max_size=3) | json_values,
        "description": st.sampled_from(["the day", "whether the caller agreed", 'small: "a"; "b"', ""]) | json_values,
        "items": json_values,
    },
)
names = st.sampled_from(["a", "b", "confirmed", "day", "transfer", "end_call", "not_understood"])
schemas = st.fixed_dictionaries(
    {"type": st.just("object"), "properties": st.dictionaries(names | st.text(max_size=3), parameters, max_size=4)},
    optional={"required": st.lists(names, max_size=2) | json_values},
)
said = st.lists(
    st.sampled_from(
        "yes no wait tuesday at three a b small the second one do you have two oh four my name is i want @ .".split()
    )
    | st.text(max_size=5),
    max_size=8,
).map(" ".join)


@st.composite
def conversations(draw: st.DrawFn) -> dict[str, Any]:
    """A request the vendor would accept, with whatever content."""
    offered = draw(
        st.lists(st.tuples(names, said, schemas | json_values.filter(lambda v: isinstance(v, dict))), max_size=3)
    )
    tools = [
        {"type": "function", "function": {"name": name, "description": text, "parameters": schema}}
        for name, text, schema in offered
    ]
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": draw(said | st.just("## State\nasked for `a` of a"))}
    ]
    for index in range(draw(st.integers(0, 4))):
        messages.append({"role": "user", "content": draw(said)})
        if draw(st.booleans()):
            function = {
                "name": draw(names),
                "arguments": draw(st.sampled_from(["{}", "[", "null", '{"a": [1]}', '"x"'])),
            }
            call = {"id": f"c{index}", "type": "function", "function": function}
            result = json.dumps(
                draw(json_values | st.dictionaries(st.sampled_from(["status", "waiting_for", "error"]), names))
            )
            messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
            messages.append({"role": "tool", "tool_call_id": f"c{index}", "content": result})
        if draw(st.booleans()):
            messages.append({"role": "assistant", "content": draw(said) + "?"})
    choice = draw(st.sampled_from(["auto", "none", "required"])) if tools else None
    return {"model": "m", "messages": messages, "stream": draw(st.booleans())} | (
        {"tools": tools, "tool_choice": choice} if tools else {}
    )


async def ask(engine: Engine, body: bytes) -> httpx.Response:
    transport = httpx.ASGITransport(app=ModelApp(engine, Pace(0, 0), lambda: 0.0).asgi, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://model") as http:
        return await http.post("/v1/chat/completions", content=body, headers={"authorization": "Bearer k"})


async def test_the_task_under_way_may_be_the_tool_that_ends_the_call(engine: Engine) -> None:
    day = {"type": "string", "description": "the day"}
    request = {
        "model": "m",
        "messages": [
            {"role": "system", "content": "## State\nasked for `a` of a"},
            {"role": "user", "content": "yes yes yes"},
        ],
        "tools": [
            {"type": "function", "function": {"name": name, "parameters": {"type": "object", "properties": properties}}}
            for name, properties in (("b", {}), ("end_call", {"a": day}))
        ],
    }

    answer = await ask(engine, json.dumps(request).encode())

    assert answer.status_code == 200, answer.text


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(request=conversations())
async def test_whatever_is_said_and_offered_the_answer_is_well_formed(engine: Engine, request: dict[str, Any]) -> None:
    answer = await ask(engine, json.dumps(request).encode())
    assert answer.status_code == 200, answer.text
    if request["stream"]:
        assert answer.text.endswith("data: [DONE]\n\n")
        return
    choice = answer.json()["choices"][0]
    assert choice["message"]["content"] or choice["message"]["tool_calls"]
    assert (choice["finish_reason"] == "tool_calls") == ("tool_calls" in choice["message"])


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    body=st.binary(max_size=60)
    | st.fixed_dictionaries(
        {"model": st.just("m"), "messages": json_values | st.lists(json_values, max_size=2)},
        optional=dict.fromkeys(("tools", "tool_choice", "stream", "stream_options", "n", "surprise"), json_values),
    ).map(lambda value: json.dumps(value).encode())
)
async def test_no_body_breaks_the_server(engine: Engine, body: bytes) -> None:
    answer = await ask(engine, body)
    assert 400 <= answer.status_code < 500
    assert answer.json()["error"]["message"]

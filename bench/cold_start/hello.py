"""What a webhook usually is: FastAPI, Mangum and Twilio's library. It answers a signed call, and nothing else."""

import os
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException, Request, Response
from mangum import Mangum
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import VoiceResponse

app = FastAPI()
validator = RequestValidator(os.environ["TWILIO_AUTH_TOKENS"])


@app.post("/twilio/voice")  # type: ignore[untyped-decorator]
async def voice(request: Request, x_twilio_signature: Annotated[str, Header()]) -> Response:
    url = os.environ["PUBLIC_BASE_URL"] + request.url.path
    if not validator.validate(url, await request.form(), x_twilio_signature):
        raise HTTPException(403)
    answer = VoiceResponse()
    answer.say("Hello.")
    return Response(str(answer), media_type="application/xml")


handler = Mangum(app, lifespan="off")

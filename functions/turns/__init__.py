"""The Lambda that holds calls turn by turn: apart from the webhooks, for the model's client makes it start slower."""

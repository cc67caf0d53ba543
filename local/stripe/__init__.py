"""A stand-in for Stripe: Checkout sessions by its REST API, and their events, signed as Stripe signs them."""

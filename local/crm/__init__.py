"""A stand-in for the company's CRM: HubSpot's objects API, as far as calls are noted with contacts."""

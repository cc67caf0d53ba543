"""Chains, killed and failed at every outside effect, with every message delivered twice and out of order.

Whatever happens, nobody's telephone rings twice for one attempt, every event ends with a result, and whoever wants no
more calls gets none. The Lambda's steps and the use cases are the product's own; rows are in memory or DynamoDB's, and
the carrier is one whose calls are counted.
"""

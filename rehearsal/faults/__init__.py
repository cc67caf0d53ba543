"""The matrix of faults: every vendor and store, broken in every way, in every phase of a call (`make faults`).

trouble     which party is broken how, and from which phase on
vendors     recognition, synthesis and the model on sockets, in their own protocols, broken on demand
stores      the tables, which answer as the adapters of DynamoDB would
customer    a caller who wants something, and answers what they are asked
cell        one call with one fault, and what the caller made of it
__main__    all of them; the table
"""

"""What desks share, in one DynamoDB table: who is there, which page listens to what, live and former calls, and what is
left to do. A module for each; `rows` is what they have in common."""

"""What CloudWatch would show and ring, from the same log lines and the same definition (`cdk/watch.toml`)."""

"""Log-in, sign-up, log-out and one's own account, for every role."""

"""SMS without a provider: messages go to the log and into a file of this installation."""

"""Operation: servers, processes, back-ups, and what people read when something is wrong."""

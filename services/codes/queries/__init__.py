"""All SQL of the service, by subject; each statement is named and says what it is for."""

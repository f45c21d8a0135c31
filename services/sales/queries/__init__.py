"""All SQL of ``sales``, a module for each subject; each statement is named and says what it does."""

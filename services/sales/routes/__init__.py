"""The HTTP surface of ``sales``, a module for each subject: parse, call, answer."""

"""Forms, fields, display and errors of the web, without a database."""

"""How dates are written, by language, where that differs from the framework's."""

"""Temporal expressions in running text: from words to readings, in English and, by translation, other languages."""

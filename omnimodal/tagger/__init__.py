"""A learned source of mentions: its data, schedules, model and training, and the annotator that makes distilled data."""

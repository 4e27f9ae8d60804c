"""A learned source of mentions: its data, schedules, model and training, and an annotator for distilled data."""

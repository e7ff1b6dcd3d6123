"""What is written in English, as it is said."""

"""The spoken form of languages besides English: a module per language, and the patterns that they share."""

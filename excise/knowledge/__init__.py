"""What the words of the forms mean: articles, their search, and what people looked for in vain."""

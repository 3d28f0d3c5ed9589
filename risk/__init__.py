"""What is dangerous, why, and what must follow: schemes, results, sentences."""

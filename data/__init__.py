"""What is stored, how it arrives, who may touch it."""

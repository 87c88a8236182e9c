"""The parts of `group_text`: words, numbers, people and who is meant, read from a line of a chat."""

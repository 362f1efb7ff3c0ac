"""The automatic assistant: answers from approved articles, notices emergencies, and always ends at a person."""

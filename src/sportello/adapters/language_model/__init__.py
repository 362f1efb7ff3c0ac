"""A language model behind an OpenAI-compatible endpoint: one's own (vLLM, llama.cpp, Ollama) or a rented one."""

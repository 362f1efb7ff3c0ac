"""The shared look: layouts, colours and space, controls, and the files of others that pages need."""

"""The engine: llama.cpp in a child process (or, for debugging, in a thread of our own).

``loop`` answers commands and knows no transport; ``child`` runs it on pipes, ``links`` is the
window's end of either transport, ``client`` turns links into states and answers.
"""

"""The engine itself: scalar functions of one walker, compiled for CPU and GPU from one text, and their constants."""

"""The benchmark runner: starts servers, drives them, compares them. Python 3.10+, standard library only."""

"""The process house: embedded servers, the supervisor behind `make run` and `make test`, and their commands.

Nothing here imports Django: the portal's own code runs in child processes, each with only the variables it may see.
"""

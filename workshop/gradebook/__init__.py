"""A class's submissions, graded by the engine and kept in nbgrader's gradebook.

`workshop grade` and `nbgrader autograde` take the same way: a submission's record (`records`) is
made by the engine if there is none that is up to date, and nbgrader saves what the record says
(`steps`). No learner's kernel ever runs. The record is the score of record; what people give by
hand stands in the gradebook and is left alone.
"""

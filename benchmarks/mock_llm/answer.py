"""What the servers that answer from a fixture say: in as many chunks as ours."""

ANSWER = (
    "The Northfield 30 would be my choice: it weighs 1.1 kg, keeps a laptop dry in heavy rain and "
    "costs $89."
)
PIECE_CHARACTERS = 5
"""How much of it goes into one chunk of a stream: about a token."""

PIECES = tuple(
    ANSWER[start : start + PIECE_CHARACTERS] for start in range(0, len(ANSWER), PIECE_CHARACTERS)
)

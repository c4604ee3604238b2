"""`workshop collect`: a class's submissions, as a learning platform gives them, put in place."""

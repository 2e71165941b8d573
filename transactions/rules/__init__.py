"""Where transactions belong without being asked: by the person's rules, else as most of the same description.

One statement answers for a description that is typed and for the rows of a file alike (``suggestions``); the same
matching goes over the history (``history``), where what a person chose by hand stays.
"""

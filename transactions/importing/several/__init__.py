"""Files with the statements of several accounts: asked once which of the person's accounts each is, then each waits
for itself as if it had been sent alone.
"""

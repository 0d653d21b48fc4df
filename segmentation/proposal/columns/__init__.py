"""One column of a file: what it holds, what its heading says."""

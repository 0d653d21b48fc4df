"""Files, lists and watches as Block Kit: what came of them, and what is asked."""

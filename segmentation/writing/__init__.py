"""How texts, labels and figures are written and compared."""

"""From rows to a candidate model: cleaning, clustering, naming, and the tree that is served."""

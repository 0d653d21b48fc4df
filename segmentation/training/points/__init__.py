"""From rows to the weighted points that are clustered: cleaning, bins, and the cells they make."""

"""What the cells of an order export mean: dates, amounts of money, statuses."""

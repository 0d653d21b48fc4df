"""Order lines → customers: recency, frequency and money of everyone in an export of orders."""

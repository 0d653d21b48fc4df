"""Order lines to orders, and orders to customers, whatever their number."""

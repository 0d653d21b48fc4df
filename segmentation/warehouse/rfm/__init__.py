"""Tables of order lines to customers, derived by the engine that holds them."""

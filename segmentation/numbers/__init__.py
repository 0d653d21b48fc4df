"""Values of customers: how numbers are written, and what is wrong with one."""

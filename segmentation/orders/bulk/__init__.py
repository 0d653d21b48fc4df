"""Lines of large files of orders, read by the compiled kernel; what that leaves is read as in small ones."""

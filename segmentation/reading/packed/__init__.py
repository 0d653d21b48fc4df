"""Opens what holds a text table without being one: archives and workbooks."""

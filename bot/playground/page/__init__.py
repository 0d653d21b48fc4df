"""What the browser's page is served: the view of one person, and what that person does."""

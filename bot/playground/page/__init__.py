"""The browser page's server side: what one person sees, and what that person does."""

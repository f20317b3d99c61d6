"""What people see on a card: words, order, size, form."""

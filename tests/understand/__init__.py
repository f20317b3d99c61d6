"""What people write, and what it must be understood as."""

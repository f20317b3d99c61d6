"""Ways to reach people: Teams, other services, a console."""

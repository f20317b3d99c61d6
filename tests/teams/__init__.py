"""What the bot does in Teams, through its endpoint and against replicas of the connector and the identity services."""

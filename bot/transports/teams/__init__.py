"""Microsoft Teams: the only room that imports botbuilder."""

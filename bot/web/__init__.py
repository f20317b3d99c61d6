"""The page: the answer for when the chat is down."""

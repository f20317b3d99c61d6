"""`python -m bot` is the command line."""

from bot.terminal.main import main

if __name__ == "__main__":
    main()

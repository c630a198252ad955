"""The answer to a link, as a card: what it says, its parts, its pictures, and several cards as one family."""

"""Rows that an attack on a link needs besides the link's own: each module fetches them for one attack."""

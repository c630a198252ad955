"""From staged sources to linkage tables: what they are made from, the SQL models in order, all in one file."""

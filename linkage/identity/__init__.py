"""Which numbers, addresses and telephones are one customer: the rules of a study, applied and accounted for."""

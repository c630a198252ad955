"""Business KPIs: how the business is doing with its customers, each with its definition and its interval."""

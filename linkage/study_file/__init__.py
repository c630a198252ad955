"""study.yml: what it may say, whether its names lead somewhere, and its mistakes told with line and remedy."""

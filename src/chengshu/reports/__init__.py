"""Reports: the bureau's figures put together for people and for checking."""

"""The officer's app: devices, what they record without a network, and what they are given to work with."""

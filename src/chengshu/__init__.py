"""城枢 Chengshu: an open platform for a city district's urban-management law enforcement."""

__version__ = "0.1.0"

"""What happened, pushed to whoever may know: one table, one order (that of commit), server-sent events.

Writers call `emit` (or insert with a trigger of their own) in the transaction of the change. After the commit
one `sequencer` gives positions; the `hub` of each web process reads every batch once and hands it to the open
streams. A reader that remembers the last position misses nothing, whatever ended in between.
"""

from .reading import newest_position
from .topics import Topic, UnknownTopic, register_topic, topics
from .writing import emit

__all__ = ["Topic", "UnknownTopic", "emit", "newest_position", "register_topic", "topics"]

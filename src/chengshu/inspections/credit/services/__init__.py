"""What can happen: classes proposed and decided, entries, objections, repairs, exports."""

"""A second witness: what went over the wire, taken down by a tap and read without any key."""

"""The rooms above the library: what a user touches. They parse, delegate and show."""

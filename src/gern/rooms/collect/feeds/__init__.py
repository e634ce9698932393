"""Files that come by themselves: a watched folder, an https address."""

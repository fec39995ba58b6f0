"""The commands of ``lollma`` that need no window, one file each."""

"""The annotated trace of the boot: two runs of Bochs, folded, explained, written as text and as a page."""

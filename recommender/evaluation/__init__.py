"""How well rankings find what was played, held out of what they were learnt from; always among all tracks."""

"""What pays what, by evidence: pure rules that give every match a probability, its reasons, and a zone."""

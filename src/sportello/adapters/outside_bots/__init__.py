"""The hospital's own bot, elsewhere, in place of the embedded one: whichever protocol it speaks, it is read by one
process at a time, told everything at most once, and never lets a patient wait longer than the hospital allows.
"""

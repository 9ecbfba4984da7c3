"""`tinylab doctor`: is everything here that measuring takes, and what to do if not.

One file per thing that is looked at; `examination` goes through all of them.
"""

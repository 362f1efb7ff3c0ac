"""The routing plan as people edit it: a draft in forms and words, tried out before it is published."""

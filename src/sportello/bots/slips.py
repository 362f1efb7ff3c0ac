"""How far two words are apart in typing errors."""


def distance(one: str, other: str, most: int) -> int:
    """Edits (change, add, drop, swap neighbours) from one word to the other; more than `most` is answered roughly."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    if most == 1:
        return _one(one, other)
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, last, row = row, before, [i] + [0] * len(other)
        for j, b in enumerate(other, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                row[j] = min(row[j], last[j - 2] + 1)
    return row[-1]


def _one(one: str, other: str) -> int:
    """The same for at most one edit, which is sought among thousands of words: what lies between the common ends."""
    while one and other and one[0] == other[0]:
        one, other = one[1:], other[1:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    if not one and not other:
        return 0
    swapped = len(one) == 2 and one == other[::-1]
    return 1 if swapped or (len(one) <= 1 and len(other) <= 1) else 2

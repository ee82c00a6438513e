"""The data sets by name: where they are, whether they are whole, and how to get them."""

from aiga.datasets import characters, digits, photographs, store, words

SOURCES = {
    source.name: source for source in (characters.SOURCE, digits.SOURCE, photographs.SOURCE, words.PTB, words.WIKITEXT2)
}
NAMES = tuple(SOURCES)
"""The names of all data sets."""


def source(name: str) -> store.Source:
    """What there is to know about a data set before reading it.

    Raises:
        ValueError: there is none of that name; the message lists those that exist.
    """
    if name not in SOURCES:
        raise ValueError(f"unknown data set {name!r}: choose one of {', '.join(NAMES)}")
    return SOURCES[name]


def available(name: str) -> bool:
    """Whether the real data set is on this machine and whole; downloads nothing.

    Raises:
        ValueError: unknown name.
        store.DataError: it is here but damaged.
    """
    found = store.search(source(name))
    return found is not None and bool(store.check(found))


def where(name: str) -> str:
    """Where a data set is on this machine, in words; reads nothing of it.

    Raises:
        ValueError: unknown name.
    """
    wanted = source(name)
    found = store.search(wanted)
    if found:
        return str(found)
    looked = " or ".join(f"{place} ({folder})" for place, folder in store.folders().items())
    return f"{wanted.title}: not in {looked}; get it with: aiga data fetch {name}"


def verify(name: str) -> str:
    """Compare every file of a data set on this machine, in whatever form, with its digest; says what was checked.

    Raises:
        ValueError: unknown name.
        store.DataError: a file is damaged, or the data set is not here.
    """
    wanted = source(name)
    found = [each for form in wanted.forms if (each := store.search(wanted, [form]))]
    if not found:
        raise store.DataError(where(name))
    return "\n".join(f"{store.check(each)}: whole" for each in found)


def fetch(name: str) -> str:
    """Make sure that a data set is on this machine: download what is missing or damaged in the cache; says where it is.

    Raises:
        ValueError: unknown name.
        store.DataError: it could not be had, or not be stored; or a copy that is not ours to replace is damaged.
    """
    found = store.search(source(name))
    if found and (found.place != "the cache" or not found.form.downloadable):
        return str(store.check(found))
    return str(store.check(store.fetch(source(name))))

"""AI-Generating Algorithms: six papers, one small library.

Floors, each importing only from those below:

    cli, book                      command line; what makes and checks the book
    plasticity, ...                one package per paper
    datasets, viz, ledger, records what chapters share
    experiment, checkpoint, parallel, scale, device, seeding, progress, files
"""

__version__ = "0.1.0"

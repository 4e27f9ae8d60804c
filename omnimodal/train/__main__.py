"""`python -m omnimodal.train`, which is also `omnimodal train`: one run, or with -m a sweep, configured by hydra."""

from omnimodal.train.app import main

main()

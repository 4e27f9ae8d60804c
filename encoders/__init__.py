"""The built-in modalities, one room each. Import them as `omnimodal.encoders.<name>`."""

if __name__ == "encoders":
    raise ImportError("Import omnimodal.encoders instead: `encoders` would be a second copy of the same modules.")

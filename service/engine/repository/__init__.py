"""The models folder as it is now: generators, encoders and verifiers, loaded, refused and replaced while serving."""

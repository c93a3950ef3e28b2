"""The data plane of the Open Inference Protocol: what its REST and gRPC halves have in common, without a transport."""

"""The Open Inference Protocol's gRPC half, on the data plane of `service.open_inference`. Needs the extra `grpc`."""

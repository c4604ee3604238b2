"""A shop's product-recommendation service: `uvicorn service.main:build --factory`."""

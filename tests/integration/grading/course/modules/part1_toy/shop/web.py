"""Serves a sum."""

from fastapi import FastAPI


def build() -> FastAPI:
    """`/total?a=1&b=2` answers `{"total": 3}`."""
    app = FastAPI()

    @app.get("/total")
    async def total(a: int, b: int) -> dict[str, int]:
        ### BEGIN SOLUTION
        from shop.prices import total

        return {"total": total([a, b])}
        ### END SOLUTION

    return app

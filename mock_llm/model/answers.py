"""What the mock model says, and whether it is right: the seam between the server and the shop.

The knowledge itself is in `mock_llm.knowledge`; the server needs only these names.
"""

from mock_llm.knowledge.catalogue import Product
from mock_llm.knowledge.items import Item, Question
from mock_llm.knowledge.pack import KnowledgePack, chance
from mock_llm.knowledge.reply import Reply, ToolCall

__all__ = ["Item", "KnowledgePack", "Product", "Question", "Reply", "ToolCall", "chance"]
